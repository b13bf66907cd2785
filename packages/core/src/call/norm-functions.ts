import type { Tensor } from '../tensor/tensor';
import type {
  BackwardResult,
  BatchNormBackward,
  BatchNormInference,
  BatchNormTraining,
  CentredBackwardResult,
  CentredTrainingResult,
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
} from './call';
import { MODES, type Mode, OPS, type Op } from './operations';

/**
 * The fifteen functions under the names that they have in every package, on that package's kind of tensor `T`. Each gives
 * an object of tensors of the kind it was given; y and dx have x's shape and type.
 *
 * All throw `NormError` for arguments that do not fit, before anything is computed.
 */
export interface NormFunctions<T> {
  /**
   * Batch Norm with given statistics, `mean` and `variance` of shape [channels]. Ioffe and Szegedy 2015, algorithm 2.
   * gamma and beta are of shape [channels]; `layout` (default channels-first) or `axis` says where the channels are.
   */
  batchNorm(call: BatchNormInference<T>): InferenceResult<T>;
  /**
   * Batch Norm with the batch's own statistics per channel, over n. Ioffe and Szegedy 2015, algorithm 1. Gives y; mean and
   * invStd of shape [channels]; the running statistics after this batch, where they were given with their convention.
   */
  batchNormTraining(call: BatchNormTraining<T>): CentredTrainingResult<T>;
  /**
   * Batch Norm's gradients: dx; dgamma and dbeta, shaped like gamma. With mean and variance given, the gradients through
   * fixed statistics, and dmean and dvariance too.
   */
  batchNormBackward(call: BatchNormBackward<T>): CentredBackwardResult<T>;
  /**
   * Layer Norm: each sample over its own `axes` (default: the last). Ba, Kiros and Hinton 2016, equations 3 and 4. gamma
   * and beta have the dimensions of these axes, in the order given.
   */
  layerNorm(call: LayerNormInference<T>): InferenceResult<T>;
  /** Layer Norm with its statistics: y; mean and invStd of x's shape with 1 on `axes`. */
  layerNormTraining(call: LayerNormTraining<T>): CentredTrainingResult<T>;
  /** Layer Norm's gradients: dx; dgamma and dbeta, shaped like gamma. */
  layerNormBackward(call: LayerNormBackward<T>): CentredBackwardResult<T>;
  /**
   * Instance Norm: each channel of each sample over its positions. Ulyanov, Vedaldi and Lempitsky 2016. gamma and beta are
   * of shape [channels]; `layout` says where the channels are.
   */
  instanceNorm(call: InstanceNormInference<T>): InferenceResult<T>;
  /** Instance Norm with its statistics: y; mean and invStd of shape [N, channels]; running statistics, where given. */
  instanceNormTraining(call: InstanceNormTraining<T>): CentredTrainingResult<T>;
  /** Instance Norm's gradients: dx; dgamma and dbeta, shaped like gamma. */
  instanceNormBackward(call: InstanceNormBackward<T>): CentredBackwardResult<T>;
  /**
   * Group Norm: each of a sample's `groups` of channels over its channels and positions. Wu and He 2018, equation 7. gamma
   * and beta are of shape [channels].
   */
  groupNorm(call: GroupNormInference<T>): InferenceResult<T>;
  /** Group Norm with its statistics: y; mean and invStd of shape [N, groups]. */
  groupNormTraining(call: GroupNormTraining<T>): CentredTrainingResult<T>;
  /** Group Norm's gradients: dx; dgamma and dbeta, shaped like gamma. */
  groupNormBackward(call: GroupNormBackward<T>): CentredBackwardResult<T>;
  /**
   * RMS Norm: each sample divided by the root of its mean square over `axes` (default: the last). Zhang and Sennrich 2019,
   * equation 4. There is no beta.
   */
  rmsNorm(call: RmsNormInference<T>): InferenceResult<T>;
  /** RMS Norm with its statistic: y; invRms of x's shape with 1 on `axes`. */
  rmsNormTraining(call: RmsNormTraining<T>): RmsTrainingResult<T>;
  /** RMS Norm's gradients: dx; dgamma, shaped like gamma. */
  rmsNormBackward(call: RmsNormBackward<T>): BackwardResult<T>;
}

/** The same functions where the answer takes its time. */
export type AsyncNormFunctions<T> = {
  [name in keyof NormFunctions<T>]: (
    ...call: Parameters<NormFunctions<T>[name]>
  ) => Promise<ReturnType<NormFunctions<T>[name]>>;
};

const SUFFIX: Readonly<Record<Mode, string>> = { inference: '', training: 'Training', backward: 'Backward' };

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
  return `${op}${SUFFIX[mode]}` as keyof NormFunctions<unknown>;
}
