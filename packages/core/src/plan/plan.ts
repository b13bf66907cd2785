import type { Mode, NormCall, Op, RunningStats } from '../call/call';
import { NormError } from '../errors';
import {
  checkDescription,
  checkTensor,
  type DType,
  describe,
  sizeOf,
  type TensorDescription,
} from '../tensor/tensor';
import { checkConvention, checkMomentum, type RunningUpdate, runningUpdate } from './running-stats';
import { type NormView, type ParameterIndex, viewOf } from './views';

/** Default epsilon: PyTorch's, ONNX's and Flax's. Keras has 1e-3, which must be given. */
export const DEFAULT_EPSILON = 1e-5;

/** A call that has been checked, with its defaults filled in: what every back end starts from. */
export interface CallPlan {
  readonly view: NormView;
  readonly epsilon: number;
  /** How many elements share one mean and variance; 0 where the statistics are given. */
  readonly n: number;
  /** The type statistics are returned in: x's, or float32 where x is float16. */
  readonly statisticsType: DType;
  /** How running statistics move; null where none were given. */
  readonly running: RunningUpdate | null;
}

const COMMON = ['op', 'mode', 'x', 'gamma', 'epsilon'];
const RUNNING = ['runningMean', 'runningVar', 'convention', 'momentum', 'numBatchesTracked'];
const OF_OP: Record<Op, readonly string[]> = {
  batchNorm: ['layout', 'axis'],
  layerNorm: ['axes'],
  instanceNorm: ['layout'],
  groupNorm: ['layout', 'groups'],
  rmsNorm: ['axes'],
};

function argumentsOf(op: Op, mode: Mode): readonly string[] {
  return [
    ...COMMON,
    ...OF_OP[op],
    ...(mode === 'backward' ? ['dy'] : op === 'rmsNorm' ? [] : ['beta']),
    ...(mode === 'training' && (op === 'batchNorm' || op === 'instanceNorm') ? RUNNING : []),
    ...(mode !== 'training' && op === 'batchNorm' ? ['mean', 'variance'] : []),
  ];
}

type Described = NormCall<TensorDescription>;

/**
 * Checks a call in full and works out its view, before anything is computed or allocated. The same for every adapter.
 *
 * @param where `host` (the default): tensors hold their data, whose class and length are checked too. `device`: the
 *   data is in a framework's keeping, so type and shape are all there is to check.
 * @throws NormError any code but `unsupported`, `not-run`, `disposed`, `backend` and `out-of-memory`.
 */
export function planCall(call: NormCall, where?: 'host'): CallPlan;
export function planCall(call: Described, where: 'device'): CallPlan;
export function planCall(call: Described, where: 'host' | 'device' = 'host'): CallPlan {
  checkArguments(call);
  const tensors = tensorsOf(call);
  for (const [name, value] of Object.entries(tensors)) {
    if (where === 'host') checkTensor(name, value);
    else checkDescription(name, value);
  }
  const { x, dy, ...parameters } = tensors;
  const epsilon = call.epsilon ?? DEFAULT_EPSILON;
  if (!(typeof epsilon === 'number' && epsilon >= 0 && epsilon < Infinity)) {
    throw new NormError('epsilon', `epsilon is ${describe(epsilon)}; expected a finite number, 0 or more.`);
  }
  checkRunningAttributes(call as RunningStats<TensorDescription>);
  const view = viewOf(call);
  for (const [name, value] of Object.entries(parameters))
    checkParameter(name, value, call.x, view.parameters);
  if (dy !== undefined) checkGradient(dy, call.x);

  const fixed = 'mean' in tensors;
  const shared = view.family === 'rows' ? view.features : view.outer * view.inner;
  const empty = shared === 0 || ('runningMean' in tensors && sizeOf(call.x.shape) === 0);
  if (empty && !fixed && call.mode !== 'inference') {
    throw new NormError(
      'empty-statistics',
      `x has shape [${call.x.shape}], so there is nothing to take statistics of; ${call.mode} needs at least one element.`,
    );
  }
  return {
    view,
    epsilon,
    n: fixed ? 0 : shared,
    statisticsType: call.x.dtype === 'float16' ? 'float32' : call.x.dtype,
    running: 'runningMean' in tensors ? runningUpdate(call as RunningStats<TensorDescription>, shared) : null,
  };
}

/** Also where no running statistics are given and the attributes have no effect: they would have, a step later. */
function checkRunningAttributes({ convention, momentum }: RunningStats<TensorDescription>): void {
  if (convention !== undefined) checkConvention(convention);
  if (momentum !== undefined && momentum !== null) checkMomentum(momentum);
}

function checkArguments(call: Described): void {
  if (!Object.hasOwn(OF_OP, call.op)) {
    throw new NormError(
      'unknown-op',
      `op is ${describe(call.op)}; expected one of ${Object.keys(OF_OP).join(', ')}.`,
    );
  }
  if (!['inference', 'training', 'backward'].includes(call.mode)) {
    throw new NormError(
      'unknown-op',
      `mode is ${describe(call.mode)}; expected 'inference', 'training' or 'backward'.`,
    );
  }
  const known = argumentsOf(call.op, call.mode);
  for (const [name, value] of Object.entries(call)) {
    if (value !== undefined && !known.includes(name)) {
      throw new NormError(
        'unknown-argument',
        `${call.op} in mode ${call.mode} has no argument ${name}; it takes ${known.join(', ')}.`,
      );
    }
  }
}

/** The call's tensors by name: those it must have, even where missing, and those it may have where given. */
function tensorsOf(call: Described): { x: TensorDescription } & Record<string, TensorDescription> {
  const given = call as unknown as Record<string, TensorDescription | undefined>;
  const present = (...names: string[]) => names.some((name) => given[name] !== undefined);
  const required = [
    'x',
    ...(call.mode === 'backward' ? ['dy'] : []),
    ...((call.op === 'batchNorm' && call.mode === 'inference') || present('mean', 'variance')
      ? ['mean', 'variance']
      : []),
    ...(present('runningMean', 'runningVar') ? ['runningMean', 'runningVar'] : []),
    ...['gamma', 'beta'].filter((name) => present(name)),
  ];
  return Object.fromEntries(required.map((name) => [name, given[name]])) as ReturnType<typeof tensorsOf>;
}

/** One number per parameter, flat or in the parameters' own shape; of x's type, or float32 where x is float16. */
function checkParameter(
  name: string,
  value: TensorDescription,
  x: TensorDescription,
  { count, shape }: ParameterIndex,
): void {
  const size = sizeOf(value.shape);
  if (size !== count) {
    throw new NormError(
      'parameter-length',
      `${name} has ${size} elements; expected ${count}, its shape being [${shape}].`,
    );
  }
  if (value.shape.length > 1 && !sameShape(value.shape, shape)) {
    throw new NormError('shape', `${name} has shape [${value.shape}]; expected [${shape}], or [${count}].`);
  }
  if (value.dtype !== x.dtype && !(x.dtype === 'float16' && value.dtype === 'float32')) {
    const expected = x.dtype === 'float16' ? 'float16 or float32' : x.dtype;
    throw new NormError('dtype', `${name} is ${value.dtype}; x is ${x.dtype}, so expected ${expected}.`);
  }
}

function checkGradient(dy: TensorDescription, x: TensorDescription): void {
  if (!sameShape(dy.shape, x.shape)) {
    throw new NormError('shape', `dy has shape [${dy.shape}]; expected x's, [${x.shape}].`);
  }
  if (dy.dtype !== x.dtype) throw new NormError('dtype', `dy is ${dy.dtype}; expected x's type, ${x.dtype}.`);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
