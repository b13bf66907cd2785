import type {
  CentredBackwardResult,
  CentredTrainingResult,
  GivenRunningStats,
  InferenceResult,
  InstanceNormBackward,
  InstanceNormInference,
  InstanceNormTraining,
  RunningTrainingResult,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * Instance Norm: every channel of every sample normalized over its own positions. Ulyanov, Vedaldi and Lempitsky 2016,
 * equation 3.
 *
 * @param call x of rank 2 or more, channels at `layout` (default axis 1); the optional gamma and beta hold one number
 *   per channel; epsilon defaults to 1e-5. A `mask` of x's shape without its channels marks valid positions by 1: others have
 *   no part in statistics, and y is 0 there.
 * @returns y, of the shape and type of x.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { instanceNorm, tensor } from '@normlayers/core';
 *
 * const { y } = instanceNorm({ x: tensor([1, 3, 10, 30], [1, 2, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1, -1, 1]);
 * ```
 */
export function instanceNorm<D extends DType>(
  call: InstanceNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>> {
  return compute({ op: 'instanceNorm', mode: 'inference', ...call }) as never;
}

/**
 * Instance Norm with its statistics. Running statistics are brought forward by the mean over the batch of each
 * instance's mean and of its variance, as PyTorch does with `track_running_stats`.
 *
 * @param call as for `instanceNorm`; optionally runningMean, runningVar and a convention.
 * @returns y; mean and invStd, [N, C]; runningMean and runningVar where they were given.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { instanceNormTraining, tensor } from '@normlayers/core';
 *
 * const { mean } = instanceNormTraining({ x: tensor([1, 3, 10, 30], [1, 2, 2]) });
 * assert.deepEqual([mean.shape, [...mean.data]], [[1, 2], [2, 20]]);
 * ```
 */
export function instanceNormTraining<D extends DType>(
  call: InstanceNormTraining<Tensor, Tensor<D>> & GivenRunningStats,
): RunningTrainingResult<Tensor, Tensor<D>>;
export function instanceNormTraining<D extends DType>(
  call: InstanceNormTraining<Tensor, Tensor<D>>,
): CentredTrainingResult<Tensor, Tensor<D>>;
export function instanceNormTraining(call: InstanceNormTraining): CentredTrainingResult {
  return compute({ op: 'instanceNorm', mode: 'training', ...call });
}

/**
 * The gradients of Instance Norm.
 *
 * @param call as for `instanceNorm`, with dy, of the shape and type of x; without beta.
 * @returns dx; dgamma and dbeta, one per channel.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { instanceNormBackward, tensor } from '@normlayers/core';
 *
 * const dy = tensor([1, 2, 3, 4], [1, 2, 2]);
 * const { dbeta } = instanceNormBackward({ x: tensor([1, 3, 10, 30], [1, 2, 2]), dy });
 * assert.deepEqual([...dbeta.data], [3, 7]);
 * ```
 */
export function instanceNormBackward<D extends DType>(
  call: InstanceNormBackward<Tensor, Tensor<D>>,
): CentredBackwardResult<Tensor, Tensor<D>> {
  return compute({ op: 'instanceNorm', mode: 'backward', ...call }) as never;
}
