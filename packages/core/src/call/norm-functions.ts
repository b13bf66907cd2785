import type { Tensor } from '../tensor/tensor';
import type {
  BackwardResult,
  BatchNormBackward,
  BatchNormInference,
  BatchNormTraining,
  CentredBackwardResult,
  CentredTrainingResult,
  FixedBackwardResult,
  GivenResidual,
  GivenRunningStats,
  GivenStatistics,
  GroupNormBackward,
  GroupNormInference,
  GroupNormTraining,
  InferenceResult,
  InstanceNormBackward,
  InstanceNormInference,
  InstanceNormTraining,
  LayerNormBackward,
  LayerNormInference,
  LayerNormTraining,
  NormCall,
  NormResult,
  RmsNormBackward,
  RmsNormInference,
  RmsNormTraining,
  RmsTrainingResult,
  RunningTrainingResult,
  WithSum,
} from './call';
import { MODES, type Mode, OPS, type Op } from './operations';

/** A result, or the promise of one where the answer takes its time. */
export type Answer<Async extends boolean, R> = Async extends true ? Promise<R> : R;

/**
 * The fifteen functions under the names that they have in every package, on that package's kind of tensor `T`. Each gives
 * an object of tensors of the kind it was given; y and dx have x's shape and type.
 *
 * All throw `NormError` for arguments that do not fit, before anything is computed.
 */
export interface NormFunctions<T, Async extends boolean = false> {
  /**
   * Batch Norm with given statistics, `mean` and `variance` of shape [channels]. Ioffe and Szegedy 2015, algorithm 2.
   * gamma and beta are of shape [channels]; `layout` (default channels-first) or `axis` says where the channels are.
   */
  batchNorm<X extends T>(call: BatchNormInference<T, X>): Answer<Async, InferenceResult<X>>;
  /**
   * Batch Norm with the batch's own statistics per channel, over n. Ioffe and Szegedy 2015, algorithm 1. Gives y; mean and
   * invStd of shape [channels]; the running statistics after this batch, where they were given with their convention.
   */
  batchNormTraining<X extends T>(
    call: BatchNormTraining<T, X> & GivenRunningStats<T>,
  ): Answer<Async, RunningTrainingResult<T, X>>;
  batchNormTraining<X extends T>(call: BatchNormTraining<T, X>): Answer<Async, CentredTrainingResult<T, X>>;
  /**
   * Batch Norm's gradients: dx; dgamma and dbeta, shaped like gamma. With mean and variance given, the gradients through
   * fixed statistics, and dmean and dvariance too.
   */
  batchNormBackward<X extends T>(
    call: BatchNormBackward<T, X> & GivenStatistics<T>,
  ): Answer<Async, FixedBackwardResult<T, X>>;
  batchNormBackward<X extends T>(call: BatchNormBackward<T, X>): Answer<Async, CentredBackwardResult<T, X>>;
  /**
   * Layer Norm: each sample over its own `axes` (default: the last). Ba, Kiros and Hinton 2016, equations 3 and 4. gamma
   * and beta have the dimensions of these axes, in the order given; `gammaOffset` is added to gamma. With a `residual`,
   * x + residual is normalized, and given as `sum` too.
   */
  layerNorm<X extends T>(
    call: LayerNormInference<T, X> & GivenResidual<T>,
  ): Answer<Async, InferenceResult<X> & WithSum<X>>;
  layerNorm<X extends T>(call: LayerNormInference<T, X>): Answer<Async, InferenceResult<X>>;
  /** Layer Norm with its statistics: y; mean and invStd of x's shape with 1 on `axes`. */
  layerNormTraining<X extends T>(
    call: LayerNormTraining<T, X> & GivenResidual<T>,
  ): Answer<Async, CentredTrainingResult<T, X> & WithSum<X>>;
  layerNormTraining<X extends T>(call: LayerNormTraining<T, X>): Answer<Async, CentredTrainingResult<T, X>>;
  /**
   * Layer Norm's gradients: dx, which is a residual's too; dgamma and dbeta, shaped like gamma. `dsum`, the gradient that
   * reaches the sum by its other uses, is added to dx.
   */
  layerNormBackward<X extends T>(call: LayerNormBackward<T, X>): Answer<Async, CentredBackwardResult<T, X>>;
  /**
   * Instance Norm: each channel of each sample over its positions. Ulyanov, Vedaldi and Lempitsky 2016. gamma and beta are
   * of shape [channels]; `layout` says where the channels are.
   */
  instanceNorm<X extends T>(call: InstanceNormInference<T, X>): Answer<Async, InferenceResult<X>>;
  /** Instance Norm with its statistics: y; mean and invStd of shape [N, channels]; running statistics, where given. */
  instanceNormTraining<X extends T>(
    call: InstanceNormTraining<T, X> & GivenRunningStats<T>,
  ): Answer<Async, RunningTrainingResult<T, X>>;
  instanceNormTraining<X extends T>(
    call: InstanceNormTraining<T, X>,
  ): Answer<Async, CentredTrainingResult<T, X>>;
  /** Instance Norm's gradients: dx; dgamma and dbeta, shaped like gamma. */
  instanceNormBackward<X extends T>(
    call: InstanceNormBackward<T, X>,
  ): Answer<Async, CentredBackwardResult<T, X>>;
  /**
   * Group Norm: each of a sample's `groups` of channels over its channels and positions. Wu and He 2018, equation 7. gamma
   * and beta are of shape [channels].
   */
  groupNorm<X extends T>(call: GroupNormInference<T, X>): Answer<Async, InferenceResult<X>>;
  /** Group Norm with its statistics: y; mean and invStd of shape [N, groups]. */
  groupNormTraining<X extends T>(call: GroupNormTraining<T, X>): Answer<Async, CentredTrainingResult<T, X>>;
  /** Group Norm's gradients: dx; dgamma and dbeta, shaped like gamma. */
  groupNormBackward<X extends T>(call: GroupNormBackward<T, X>): Answer<Async, CentredBackwardResult<T, X>>;
  /**
   * RMS Norm: each sample divided by the root of its mean square over `axes` (default: the last). Zhang and Sennrich 2019,
   * equation 4. There is no beta; `residual` and `gammaOffset` are as for Layer Norm.
   */
  rmsNorm<X extends T>(
    call: RmsNormInference<T, X> & GivenResidual<T>,
  ): Answer<Async, InferenceResult<X> & WithSum<X>>;
  rmsNorm<X extends T>(call: RmsNormInference<T, X>): Answer<Async, InferenceResult<X>>;
  /** RMS Norm with its statistic: y; invRms of x's shape with 1 on `axes`. */
  rmsNormTraining<X extends T>(
    call: RmsNormTraining<T, X> & GivenResidual<T>,
  ): Answer<Async, RmsTrainingResult<T, X> & WithSum<X>>;
  rmsNormTraining<X extends T>(call: RmsNormTraining<T, X>): Answer<Async, RmsTrainingResult<T, X>>;
  /** RMS Norm's gradients: dx, with `dsum` added where it is given; dgamma, shaped like gamma. */
  rmsNormBackward<X extends T>(call: RmsNormBackward<T, X>): Answer<Async, BackwardResult<T, X>>;
}

/** The same functions where the answer takes its time. */
export type AsyncNormFunctions<T> = NormFunctions<T, true>;

const SUFFIX = {
  inference: '',
  training: 'Training',
  backward: 'Backward',
} as const satisfies Readonly<Record<Mode, string>>;

/**
 * Makes the fifteen functions of one that computes calls: each names its operation and mode, and hands its argument on.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { bindNorm, compute } from '@normlayers/core/adapter';
 *
 * const norm = bindNorm(compute);
 * const { dgamma } = norm.layerNormBackward({ x: tensor([1, 3], [1, 2]), dy: tensor([1, 1], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...dgamma.data], [-1, 1]);
 * ```
 */
export function bindNorm<T = Tensor>(
  run: (call: NormCall<T>) => Promise<NormResult<T>>,
): AsyncNormFunctions<T>;
export function bindNorm<T = Tensor>(run: (call: NormCall<T>) => NormResult<T>): NormFunctions<T>;
export function bindNorm<T = Tensor>(run: (call: NormCall<T>) => unknown): unknown {
  const functions: Record<string, (call: object) => unknown> = {};
  for (const op of OPS) {
    for (const mode of MODES)
      functions[nameOfFunction(op, mode)] = (call) => run({ ...call, op, mode } as never);
  }
  return functions;
}

/** The function that computes an operation in a mode: `layerNorm` and `training` are `layerNormTraining`. */
export function nameOfFunction(op: Op, mode: Mode): keyof NormFunctions<unknown> {
  return `${op}${SUFFIX[mode]}`;
}
