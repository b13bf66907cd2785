import type {
  CentredBackwardResult,
  CentredTrainingResult,
  InferenceResult,
  LayerNormBackward,
  LayerNormInference,
  LayerNormTraining,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * Layer Norm: each sample normalized over its own features. Ba, Kiros and Hinton 2016, equations 3 and 4.
 *
 * @param call x of any rank; `axes` share statistics (default: the last), and the optional gamma and beta have the
 *   dimensions of those axes, in the order given; epsilon defaults to 1e-5. No axes: every element is its own mean.
 * @returns y, of the shape and type of x.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from '@normlayers/core';
 *
 * const { y } = layerNorm({ x: tensor([1, 3, 10, 30], [2, 2]), gamma: tensor([1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 2, -1, 2]);
 * ```
 */
export function layerNorm<D extends DType>(
  call: LayerNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>> {
  return compute({ op: 'layerNorm', mode: 'inference', ...call }) as never;
}

/**
 * Layer Norm with its statistics, which a backward pass or an inspection may want.
 *
 * @param call as for `layerNorm`.
 * @returns y; mean and invStd, of the shape of x with 1 on `axes`.
 * @throws NormError for arguments that do not fit; `empty-statistics` where there are no features.
 *
 * @example
 * ```ts
 * import { layerNormTraining, tensor } from '@normlayers/core';
 *
 * const { mean, invStd } = layerNormTraining({ x: tensor([1, 3, 10, 30], [2, 2]), epsilon: 0 });
 * assert.deepEqual([...mean.data], [2, 20]);
 * assert.deepEqual([...invStd.data], [1, Math.fround(0.1)]);
 * ```
 */
export function layerNormTraining<D extends DType>(
  call: LayerNormTraining<Tensor, Tensor<D>>,
): CentredTrainingResult<Tensor, Tensor<D>> {
  return compute({ op: 'layerNorm', mode: 'training', ...call }) as never;
}

/**
 * The gradients of Layer Norm.
 *
 * @param call as for `layerNorm`, with dy, of the shape and type of x; without beta.
 * @returns dx; dgamma and dbeta, of the shape of gamma.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { layerNormBackward, tensor } from '@normlayers/core';
 *
 * const { dgamma, dbeta } = layerNormBackward({ x: tensor([1, 3], [1, 2]), dy: tensor([1, 1], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...dgamma.data], [-1, 1]);
 * assert.deepEqual([...dbeta.data], [1, 1]);
 * ```
 */
export function layerNormBackward<D extends DType>(
  call: LayerNormBackward<Tensor, Tensor<D>>,
): CentredBackwardResult<Tensor, Tensor<D>> {
  return compute({ op: 'layerNorm', mode: 'backward', ...call }) as never;
}
