import type { Mode, NormCall, Op } from './call';
import { NormError } from './errors';
import { type RunningUpdate, runningUpdate } from './running-stats';
import { checkTensor, type DType, describe, sizeOf, type Tensor } from './tensor';
import { type NormView, viewOf } from './views';

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

/**
 * Checks a call in full and works out its view, before anything is computed or allocated. The same for every adapter.
 *
 * @throws NormError any code but `unsupported`, `not-run`, `disposed`, `backend` and `out-of-memory`.
 */
export function planCall(call: NormCall): CallPlan {
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

  checkTensor('x', call.x);
  const epsilon = call.epsilon ?? DEFAULT_EPSILON;
  if (!(typeof epsilon === 'number' && epsilon >= 0 && epsilon < Infinity)) {
    throw new NormError('epsilon', `epsilon is ${describe(epsilon)}; expected a finite number, 0 or more.`);
  }
  const view = viewOf(call);
  const { count, shape } = view.parameters;
  if (call.gamma !== undefined) checkParameter('gamma', call.gamma, call, count, shape);
  if ('beta' in call && call.beta !== undefined) checkParameter('beta', call.beta, call, count, shape);
  if (call.mode === 'backward') checkGradient(call.dy, call.x);

  const fixed = checkFixedStatistics(call, view);
  const shared = view.family === 'rows' ? view.features : view.outer * view.inner;
  if (!fixed && call.mode !== 'inference' && shared === 0) {
    throw new NormError(
      'empty-statistics',
      `x has shape [${call.x.shape}], so no element shares a mean; ${call.mode} needs at least one.`,
    );
  }
  return {
    view,
    epsilon,
    n: fixed ? 0 : shared,
    statisticsType: call.x.dtype === 'float16' ? 'float32' : call.x.dtype,
    running: checkRunningStats(call, view, shared),
  };
}

/** One number per parameter, flat or in the parameters' own shape. */
function checkParameter(
  name: string,
  value: Tensor,
  { x }: NormCall,
  count: number,
  shape: readonly number[],
): void {
  checkTensor(name, value);
  if (value.data.length !== count) {
    throw new NormError(
      'parameter-length',
      `${name} has ${value.data.length} elements; expected ${count}, its shape being [${shape}].`,
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

function checkGradient(dy: Tensor, x: Tensor): void {
  checkTensor('dy', dy);
  if (!sameShape(dy.shape, x.shape)) {
    throw new NormError('shape', `dy has shape [${dy.shape}]; expected x's, [${x.shape}].`);
  }
  if (dy.dtype !== x.dtype) throw new NormError('dtype', `dy is ${dy.dtype}; expected x's type, ${x.dtype}.`);
}

/** Whether the statistics are given rather than computed. */
function checkFixedStatistics(call: NormCall, view: NormView): boolean {
  if (call.op !== 'batchNorm' || call.mode === 'training') return false;
  const { mean, variance } = call;
  if (call.mode === 'backward' && mean === undefined && variance === undefined) return false;
  const { count, shape } = view.parameters;
  checkParameter('mean', mean as Tensor, call, count, shape);
  checkParameter('variance', variance as Tensor, call, count, shape);
  return true;
}

function checkRunningStats(call: NormCall, view: NormView, shared: number): RunningUpdate | null {
  if (call.mode !== 'training' || (call.op !== 'batchNorm' && call.op !== 'instanceNorm')) return null;
  const { runningMean, runningVar } = call;
  if (runningMean === undefined && runningVar === undefined) return null;
  const { count, shape } = view.parameters;
  checkParameter('runningMean', runningMean as Tensor, call, count, shape);
  checkParameter('runningVar', runningVar as Tensor, call, count, shape);
  if (sizeOf(call.x.shape) === 0) {
    throw new NormError(
      'empty-statistics',
      `x has shape [${call.x.shape}]: an empty batch cannot move running statistics.`,
    );
  }
  return runningUpdate(call, shared);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
