import type {
  BackwardResult,
  GivenResidual,
  InferenceResult,
  RmsNormBackward,
  RmsNormInference,
  RmsNormTraining,
  RmsTrainingResult,
  WithSum,
} from '../call/call';
import { compute } from '../reference/compute';
import type { DType, Tensor } from '../tensor/tensor';

/**
 * RMS Norm: y = gamma * x / sqrt(mean(x^2) + epsilon), no mean taken off. Zhang and Sennrich 2019, equation 4.
 *
 * @param call x of any rank; `axes` share the root mean square (default: the last), and the optional gamma has the
 *   dimensions of those axes, in the order given; epsilon defaults to 1e-5. With a `residual`, of the shape and type of x,
 *   their sum is normalized. `gammaOffset` is added to gamma: 1 for Gemma's weights.
 * @returns y, of the shape and type of x; sum, where a residual was given.
 * @throws NormError for arguments that do not fit, before anything is computed.
 *
 * @example
 * ```ts
 * import { rmsNorm, tensor } from '@normlayers/core';
 *
 * const { y } = rmsNorm({ x: tensor([7, -7], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [1, -1]);
 *
 * const gemma = rmsNorm({ x: tensor([7, -7], [1, 2]), gamma: tensor([0.5, 0]), gammaOffset: 1, epsilon: 0 });
 * assert.deepEqual([...gemma.y.data], [1.5, -1]);
 * ```
 */
export function rmsNorm<D extends DType>(
  call: RmsNormInference<Tensor, Tensor<D>> & GivenResidual,
): InferenceResult<Tensor<D>> & WithSum<Tensor<D>>;
export function rmsNorm<D extends DType>(
  call: RmsNormInference<Tensor, Tensor<D>>,
): InferenceResult<Tensor<D>>;
export function rmsNorm(call: RmsNormInference): InferenceResult {
  return compute({ op: 'rmsNorm', mode: 'inference', ...call });
}

/**
 * RMS Norm with its statistic.
 *
 * @param call as for `rmsNorm`.
 * @returns y; sum, where a residual was given; invRms, 1 / sqrt(mean(x^2) + epsilon), of the shape of x with 1 on `axes`.
 * @throws NormError for arguments that do not fit; `empty-statistics` where there are no features.
 *
 * @example
 * ```ts
 * import { rmsNormTraining, tensor } from '@normlayers/core';
 *
 * const { invRms } = rmsNormTraining({ x: tensor([2, -2], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...invRms.data], [0.5]);
 * ```
 */
export function rmsNormTraining<D extends DType>(
  call: RmsNormTraining<Tensor, Tensor<D>> & GivenResidual,
): RmsTrainingResult<Tensor, Tensor<D>> & WithSum<Tensor<D>>;
export function rmsNormTraining<D extends DType>(
  call: RmsNormTraining<Tensor, Tensor<D>>,
): RmsTrainingResult<Tensor, Tensor<D>>;
export function rmsNormTraining(call: RmsNormTraining): RmsTrainingResult {
  return compute({ op: 'rmsNorm', mode: 'training', ...call });
}

/**
 * The gradients of RMS Norm.
 *
 * @param call as for `rmsNorm`, with dy, of the shape and type of x, and dsum as for `layerNormBackward`.
 * @returns dx, which is also the gradient of a residual; dgamma, of the shape of gamma.
 * @throws NormError for arguments that do not fit.
 *
 * @example
 * ```ts
 * import { rmsNormBackward, tensor } from '@normlayers/core';
 *
 * const { dgamma } = rmsNormBackward({ x: tensor([2, -2], [1, 2]), dy: tensor([3, 4], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...dgamma.data], [3, -4]);
 * ```
 */
export function rmsNormBackward<D extends DType>(
  call: RmsNormBackward<Tensor, Tensor<D>>,
): BackwardResult<Tensor, Tensor<D>> {
  return compute({ op: 'rmsNorm', mode: 'backward', ...call }) as never;
}
