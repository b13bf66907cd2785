import type {
  CentredBackwardResult,
  CentredTrainingResult,
  GivenResidual,
  InferenceResult,
  LayerNormBackward,
  LayerNormInference,
  LayerNormTraining,
  WithSum,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * Layer Norm: each sample normalized over its own features. Ba, Kiros and Hinton 2016, equations 3 and 4.
 *
 * @param call x of any rank; `axes` share statistics (default: the last), and the optional gamma and beta have the
 *   dimensions of those axes, in the order given; epsilon defaults to 1e-5. No axes: every element is its own mean.
 *   With a `residual`, of the shape and type of x, their sum is normalized; `gammaOffset` is added to gamma.
 * @returns y, of the shape and type of x; sum, where a residual was given.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from '@normlayers/core';
 *
 * const { y } = layerNorm({ x: tensor([1, 3, 10, 30], [2, 2]), gamma: tensor([1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 2, -1, 2]);
 *
 * const residual = tensor([4, 6], [1, 2]);
 * const block = layerNorm({ x: tensor([1, 3], [1, 2]), residual, epsilon: 0 });
 * assert.deepEqual([...block.sum.data, ...block.y.data], [5, 9, -1, 1]);
 * ```
 */
export function layerNorm<D extends DType>(
  call: LayerNormInference<Tensor, Tensor<D>> & GivenResidual,
): InferenceResult<Tensor<D>> & WithSum<Tensor<D>>;
export function layerNorm<D extends DType>(
  call: LayerNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>>;
export function layerNorm(call: LayerNormInference): InferenceResult {
  return compute({ op: 'layerNorm', mode: 'inference', ...call });
}

/**
 * Layer Norm with its statistics, which a backward pass or an inspection may want.
 *
 * @param call as for `layerNorm`.
 * @returns y; sum, where a residual was given; mean and invStd, of the shape of x with 1 on `axes`.
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
  call: LayerNormTraining<Tensor, Tensor<D>> & GivenResidual,
): CentredTrainingResult<Tensor, Tensor<D>> & WithSum<Tensor<D>>;
export function layerNormTraining<D extends DType>(
  call: LayerNormTraining<Tensor, Tensor<D>>,
): CentredTrainingResult<Tensor, Tensor<D>>;
export function layerNormTraining(call: LayerNormTraining): CentredTrainingResult {
  return compute({ op: 'layerNorm', mode: 'training', ...call });
}

/**
 * The gradients of Layer Norm.
 *
 * @param call as for `layerNorm`, with dy, of the shape and type of x; without beta. `dsum`, of that shape and type too, is
 *   the gradient that reaches x + residual by its other uses, and is added to dx.
 * @returns dx, which is also the gradient of a residual; dgamma and dbeta, of the shape of gamma.
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
