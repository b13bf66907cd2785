import type { GivenStatistics, NormCall, RunningStats } from '../call/call';
import { type TensorsOf, tensorsOf } from '../call/call-tensors';
import {
  MODES,
  type Mode,
  OPERATIONS,
  OPS,
  type Op,
  TENSOR_NAMES,
  type TensorName,
} from '../call/operations';
import { NormError } from '../errors';
import { checkSize } from '../tensor/check-size';
import { widened } from '../tensor/storage';
import {
  checkDescription,
  checkTensor,
  type DType,
  describe,
  sizeOf,
  type Tensor,
  type TensorDescription,
} from '../tensor/tensor';
import { type Grouping, groupingOf } from './grouping';
import { checkArguments } from './known-arguments';
import { type Outputs, outputsOf } from './outputs';
import { checkConvention, checkMomentum, type RunningUpdate, runningUpdate } from './running-stats';
import { type NormView, type ParameterIndex, viewOfGrouping } from './views';

/** Default epsilon: PyTorch's, ONNX's and Flax's. Keras has 1e-3, which must be given. */
export const DEFAULT_EPSILON = 1e-5;

/** A call that has been checked, with its defaults filled in: what every back end starts from. */
export interface CallPlan extends Grouping {
  readonly view: NormView;
  readonly epsilon: number;
  /** What is added to every gamma. */
  readonly gammaOffset: number;
  /** Whether the mean is taken off; false for RMS Norm. */
  readonly centred: boolean;
  /** Whether statistics are x's own or were given with the call. */
  readonly statistics: 'own' | 'given';
  /** How many elements share one mean and variance, own or given. */
  readonly n: number;
  /** The type statistics are returned in: x's, or float32 where x is float16. */
  readonly statisticsType: DType;
  /** How running statistics move; null where none were given. */
  readonly running: RunningUpdate | null;
  /** What the call returns, by name: y first, or dx. */
  readonly outputs: Outputs;
}

function argumentsOf(op: Op, mode: Mode): readonly string[] {
  const { attributes, centred, runningStatistics, givenStatistics, residual, sharedBy } = OPERATIONS[op];
  return [
    ...['op', 'mode', 'x', 'gamma', 'epsilon'],
    ...attributes,
    ...(mode === 'backward' ? ['dy'] : centred ? ['beta'] : []),
    ...(residual ? ['residual', ...(mode === 'backward' ? ['dsum'] : [])] : []),
    ...(sharedBy === 'axes' ? [] : ['mask']),
    ...(mode === 'training' && runningStatistics
      ? ['runningMean', 'runningVar', 'convention', 'momentum', 'numBatchesTracked']
      : []),
    ...(mode !== 'training' && givenStatistics ? ['mean', 'variance'] : []),
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
  const plan = planDescribed(call, where);
  if (where === 'host') checkNumbers(call as NormCall, plan);
  return plan;
}

/**
 * Refuses a given variance that has no root with epsilon, and a mask that leaves Batch Norm nothing to take statistics of. It
 * looks at the numbers, of which there is one a channel or position, so that it holds for one call alone and not for its plan.
 *
 * @throws NormError `variance`; `empty-statistics`.
 */
export function checkNumbers(call: NormCall, { statistics, epsilon }: CallPlan): void {
  if (statistics === 'given') {
    checkVariances(widened((call as GivenStatistics).variance.data), epsilon);
    return;
  }
  const { mask } = call as { readonly mask?: Tensor };
  if (mask === undefined || call.op !== 'batchNorm' || mask.data.some((value) => value !== 0)) return;
  throw new NormError(
    'empty-statistics',
    'mask is 0 everywhere, so there is nothing to take statistics of; expected a valid position at least.',
    { argument: 'mask' },
  );
}

/** @throws NormError `variance` for one that has no root with epsilon. */
export function checkVariances(values: Float64Array, epsilon: number): void {
  const i = values.findIndex((value) => value + epsilon < 0);
  if (i === -1) return;
  throw new NormError(
    'variance',
    `variance[${i}] is ${values[i]}, and with epsilon ${epsilon} still below 0; expected no variance below -epsilon.`,
    { argument: 'variance', values: { index: i, variance: values[i], epsilon } },
  );
}

function planDescribed(call: Described, where: 'host' | 'device'): CallPlan {
  checkNames(call);
  const tensors = checkedTensors(call, where === 'host' ? checkTensor : checkDescription);
  const { x, residual, dy, dsum, mask, ...parameters } = tensors;
  const epsilon = checkedEpsilon(call.epsilon);
  const gammaOffset = checkedGammaOffset(call as { gammaOffset?: number }, tensors.gamma);
  checkRunningAttributes(call as RunningStats<TensorDescription>);
  const grouping = groupingOf(call);
  const view = viewOfGrouping(x.shape, grouping);
  for (const [name, value] of Object.entries(parameters)) checkParameter(name, value, x, view.parameters);
  for (const [name, value] of Object.entries({ residual, dy, dsum })) {
    if (value !== undefined) checkLikeInput(name, value, x);
  }

  if (mask !== undefined) checkMask(call, mask, x, grouping);

  const statistics = tensors.mean === undefined ? 'own' : 'given';
  const shared = view.family === 'rows' ? view.features : view.outer * view.inner;
  const isRunning = tensors.runningMean !== undefined;
  const empty = shared === 0 || (isRunning && sizeOf(x.shape) === 0);
  if (empty && statistics === 'own' && call.mode !== 'inference') {
    throw new NormError(
      'empty-statistics',
      `x has shape [${x.shape}], so there is nothing to take statistics of; ${call.mode} needs at least one element.`,
      { argument: 'x' },
    );
  }
  const { centred } = OPERATIONS[call.op];
  const statisticsType = x.dtype === 'float16' ? 'float32' : x.dtype;
  return {
    ...grouping,
    view,
    epsilon,
    gammaOffset,
    centred,
    statistics,
    n: shared,
    statisticsType,
    running: isRunning ? runningUpdate(call as RunningStats<TensorDescription>, shared) : null,
    outputs: outputsOf(call.mode, tensors, { centred, statisticsType, view }),
  };
}

/** The epsilon given, or the default. @throws NormError `epsilon` for any but a finite number, 0 or more. */
export function checkedEpsilon(epsilon: number | undefined = DEFAULT_EPSILON): number {
  if (typeof epsilon === 'number' && epsilon >= 0 && epsilon < Infinity) return epsilon;
  throw new NormError('epsilon', `epsilon is ${describe(epsilon)}; expected a finite number, 0 or more.`, {
    argument: 'epsilon',
  });
}

/** @throws NormError `gamma-offset` for any but a finite number; `missing-argument` without a gamma to add it to. */
function checkedGammaOffset(
  { gammaOffset = 0 }: { readonly gammaOffset?: number },
  gamma: TensorDescription | undefined,
): number {
  const argument = 'gammaOffset';
  if (!Number.isFinite(gammaOffset)) {
    throw new NormError(
      'gamma-offset',
      `gammaOffset is ${describe(gammaOffset)}; expected a finite number, such as 1.`,
      { argument },
    );
  }
  if (gammaOffset !== 0 && gamma === undefined) {
    throw new NormError(
      'missing-argument',
      `gammaOffset is ${gammaOffset}, and there is no gamma to add it to.`,
      {
        argument: 'gamma',
      },
    );
  }
  return gammaOffset;
}

/** Also where no running statistics are given and the attributes have no effect: they would have, a step later. */
function checkRunningAttributes({ convention, momentum }: RunningStats<TensorDescription>): void {
  if (convention !== undefined) checkConvention(convention);
  if (momentum !== undefined && momentum !== null) checkMomentum(momentum);
}

function checkNames(call: Described): void {
  for (const [argument, value, known] of [
    ['op', call.op, OPS],
    ['mode', call.mode, MODES],
  ] as const) {
    if (!(known as readonly string[]).includes(value)) {
      throw new NormError(
        'unknown-op',
        `${argument} is ${describe(value)}; expected one of ${known.join(', ')}.`,
        { argument },
      );
    }
  }
  checkArguments(`${call.op} in mode ${call.mode}`, call, argumentsOf(call.op, call.mode));
}

/** The call's tensors by name, each checked: those it must have, and those it may have where they are given. */
function checkedTensors(
  call: Described,
  check: (name: string, value: unknown) => void,
): TensorsOf<TensorDescription> {
  const tensors = tensorsOf<TensorDescription>(call);
  const pair = (a: TensorName, b: TensorName) =>
    tensors[a] === undefined && tensors[b] === undefined ? [] : [a, b];
  const needsStatistics = call.mode === 'inference' && OPERATIONS[call.op].givenStatistics;
  const required: readonly string[] = [
    'x',
    ...(call.mode === 'backward' ? ['dy'] : []),
    ...(needsStatistics ? ['mean', 'variance'] : pair('mean', 'variance')),
    ...pair('runningMean', 'runningVar'),
  ];
  for (const name of TENSOR_NAMES) {
    if (tensors[name] !== undefined || required.includes(name)) check(name, tensors[name]);
  }
  return tensors;
}

/** One number per parameter, flat or in the parameters' own shape; of x's type, or float32 where x is float16. */
function checkParameter(
  name: string,
  value: TensorDescription,
  x: TensorDescription,
  { count, shape }: ParameterIndex,
): void {
  checkSize(name, value, count, `its shape being [${shape}]`);
  if (value.shape.length > 1 && !sameShape(value.shape, shape)) {
    throw new NormError('shape', `${name} has shape [${value.shape}]; expected [${shape}], or [${count}].`, {
      argument: name,
    });
  }
  if (value.dtype !== x.dtype && !(x.dtype === 'float16' && value.dtype === 'float32')) {
    const expected = x.dtype === 'float16' ? 'float16 or float32' : x.dtype;
    throw new NormError('dtype', `${name} is ${value.dtype}; x is ${x.dtype}, so expected ${expected}.`, {
      argument: name,
    });
  }
}

function checkLikeInput(
  argument: string,
  { dtype, shape }: TensorDescription,
  x: TensorDescription,
  whose = "x's",
): void {
  if (!sameShape(shape, x.shape)) {
    const message = `${argument} has shape [${shape}]; expected ${whose}, [${x.shape}].`;
    throw new NormError('shape', message, { argument });
  }
  if (dtype !== x.dtype) {
    throw new NormError('dtype', `${argument} is ${dtype}; expected x's type, ${x.dtype}.`, { argument });
  }
}

/** Of instances with different counts of valid elements it is not agreed what a running variance holds. */
function checkMask(
  call: Described,
  mask: TensorDescription,
  { dtype, shape }: TensorDescription,
  { channelAxis }: Grouping,
): void {
  const positions = shape.filter((_, axis) => axis !== channelAxis);
  checkLikeInput('mask', mask, { dtype, shape: positions }, "x's without its channels");
  if (call.op !== 'instanceNorm' || !('runningMean' in call) || call.runningMean === undefined) return;
  throw new NormError(
    'unknown-argument',
    'instanceNorm with a mask keeps no running statistics: its instances have different numbers of elements.',
    { argument: 'runningMean' },
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
