import type {
  CentredBackwardResult,
  CentredTrainingResult,
  GroupNormBackward,
  GroupNormInference,
  GroupNormTraining,
  InferenceResult,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * Group Norm: each group of channels of every sample normalized together. Wu and He 2018, equations 1 to 7.
 *
 * @param call x of rank 2 or more, channels at `layout` (default axis 1), which `groups` divides; the optional gamma
 *   and beta hold one number per channel; epsilon defaults to 1e-5. A `mask` of x's shape without its channels marks valid
 *   positions by 1: others have no part in statistics, and y is 0 there.
 * @returns y, of the shape and type of x.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { groupNorm, tensor } from '@normlayers/core';
 *
 * const { y } = groupNorm({ x: tensor([1, 3, 10, 30], [1, 4]), groups: 2, epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1, -1, 1]);
 * ```
 */
export function groupNorm<D extends DType>(
  call: GroupNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>> {
  return compute({ op: 'groupNorm', mode: 'inference', ...call }) as never;
}

/**
 * Group Norm with its statistics.
 *
 * @param call as for `groupNorm`.
 * @returns y; mean and invStd, [N, groups].
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { groupNormTraining, tensor } from '@normlayers/core';
 *
 * const { mean } = groupNormTraining({ x: tensor([1, 3, 10, 30], [1, 4]), groups: 2 });
 * assert.deepEqual([...mean.data], [2, 20]);
 * ```
 */
export function groupNormTraining<D extends DType>(
  call: GroupNormTraining<Tensor, Tensor<D>>,
): CentredTrainingResult<Tensor, Tensor<D>> {
  return compute({ op: 'groupNorm', mode: 'training', ...call }) as never;
}

/**
 * The gradients of Group Norm.
 *
 * @param call as for `groupNorm`, with dy, of the shape and type of x; without beta.
 * @returns dx; dgamma and dbeta, one per channel.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { groupNormBackward, tensor } from '@normlayers/core';
 *
 * const dy = tensor([1, 2, 3, 4], [1, 4]);
 * const { dbeta } = groupNormBackward({ x: tensor([1, 3, 10, 30], [1, 4]), dy, groups: 2 });
 * assert.deepEqual([...dbeta.data], [1, 2, 3, 4]);
 * ```
 */
export function groupNormBackward<D extends DType>(
  call: GroupNormBackward<Tensor, Tensor<D>>,
): CentredBackwardResult<Tensor, Tensor<D>> {
  return compute({ op: 'groupNorm', mode: 'backward', ...call }) as never;
}
