import type {
  BatchNormBackward,
  BatchNormInference,
  BatchNormTraining,
  CentredBackwardResult,
  CentredTrainingResult,
  FixedBackwardResult,
  GivenRunningStats,
  GivenStatistics,
  InferenceResult,
  RunningTrainingResult,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * Batch Norm with statistics that are given: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, per channel.
 * Ioffe and Szegedy 2015, algorithm 2.
 *
 * @param call x of rank 2 to 5 (any rank with `axis`), channels at `layout` (default axis 1) or `axis`; mean, variance
 *   and the optional gamma and beta hold one number per channel; epsilon defaults to 1e-5. A `mask`
 *   of x's shape without its channels marks valid positions by 1: y is 0 elsewhere.
 * @returns y, of the shape and type of x.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { batchNorm, tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 10, 3, 30], [2, 2]);
 * const { y } = batchNorm({ x, mean: tensor([2, 20]), variance: tensor([1, 100]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, -1, 1, 1]);
 * ```
 */
export function batchNorm<D extends DType>(
  call: BatchNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>> {
  return compute({ op: 'batchNorm', mode: 'inference', ...call }) as never;
}

/**
 * Batch Norm with the statistics of this batch, over all axes but the channels. Ioffe and Szegedy 2015, algorithm 1.
 *
 * @param call as for `batchNorm`, without mean and variance; with runningMean, runningVar and a convention, running
 *   statistics are brought forward too.
 * @returns y; mean and invStd, one per channel; runningMean and runningVar where they were given.
 * @throws NormError for arguments that do not fit; `empty-statistics` for an empty batch.
 *
 * @example
 * ```ts
 * import { batchNormTraining, tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 10, 3, 30], [2, 2]);
 * const { y, mean } = batchNormTraining({ x, epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, -1, 1, 1]);
 * assert.deepEqual([...mean.data], [2, 20]);
 * ```
 */
export function batchNormTraining<D extends DType>(
  call: BatchNormTraining<Tensor, Tensor<D>> & GivenRunningStats,
): RunningTrainingResult<Tensor, Tensor<D>>;
export function batchNormTraining<D extends DType>(
  call: BatchNormTraining<Tensor, Tensor<D>>,
): CentredTrainingResult<Tensor, Tensor<D>>;
export function batchNormTraining(call: BatchNormTraining): CentredTrainingResult {
  return compute({ op: 'batchNorm', mode: 'training', ...call });
}

/**
 * The gradients of Batch Norm: through the statistics of the batch, or, where mean and variance are given, with those
 * fixed. Ioffe and Szegedy 2015, section 3.
 *
 * @param call as for `batchNorm`, with dy, of the shape and type of x; without beta, which no gradient depends on.
 * @returns dx; dgamma and dbeta, one per channel; with fixed statistics also dmean and dvariance.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { batchNormBackward, tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 3], [2, 1]);
 * const { dx, dgamma } = batchNormBackward({ x, dy: tensor([1, 1], [2, 1]), epsilon: 0 });
 * assert.deepEqual([...dx.data], [0, 0]); // a shift of y does not depend on x
 * assert.deepEqual([...dgamma.data], [0]);
 * ```
 */
export function batchNormBackward<D extends DType>(
  call: BatchNormBackward<Tensor, Tensor<D>> & GivenStatistics,
): FixedBackwardResult<Tensor, Tensor<D>>;
export function batchNormBackward<D extends DType>(
  call: BatchNormBackward<Tensor, Tensor<D>>,
): CentredBackwardResult<Tensor, Tensor<D>>;
export function batchNormBackward(call: BatchNormBackward): CentredBackwardResult {
  return compute({ op: 'batchNorm', mode: 'backward', ...call });
}
