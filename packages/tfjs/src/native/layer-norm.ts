import type { BackwardResult, CallOf, CallPlan, TrainingResult } from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';
import { layersBatchNormalization } from './batch-norm';

type Forward = CallOf<'layerNorm', 'inference' | 'training', TfTensor>;

/**
 * `tf.layers.layerNormalization({ axis })` of the functions of tfjs-core (tfjs-layers 4.22.0,
 * src/layers/normalization.ts): tf.moments, everything tiled to x's shape, then batchNormalization. The layer
 * does not return its statistics; these are the moments it uses.
 */
export function nativeLayerNorm(
  tf: TensorFlow,
  { x, gamma, beta }: Forward,
  { axes, epsilon, view }: CallPlan,
): TrainingResult<TfTensor> {
  const { mean, variance } = tf.moments(x, [...axes], true);
  const momentsTiling = x.shape.map((dimension, axis) => (axes.includes(axis) ? dimension : 1));
  const parameterTiling = x.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
  const broadcast = (parameter: TfTensor) => {
    const shaped = tf.reshape(parameter, [...view.parameters.shape]) as TfTensor;
    return tf.tile(shaped.rank === x.rank ? shaped : tf.reshape(shaped, momentsTiling), parameterTiling);
  };
  const y = layersBatchNormalization(
    tf,
    x,
    tf.tile(mean, momentsTiling),
    tf.tile(variance, momentsTiling),
    beta && broadcast(beta),
    gamma && broadcast(gamma),
    epsilon,
  );
  return { y, mean, invStd: tf.rsqrt(tf.add(variance, epsilon)) };
}

/** tf.grads through it. */
export function nativeLayerNormBackward(
  tf: TensorFlow,
  call: CallOf<'layerNorm', 'backward', TfTensor>,
  plan: CallPlan,
): BackwardResult<TfTensor> {
  const gamma = call.gamma ?? tf.ones([...plan.view.parameters.shape]);
  const [dx, dgamma, dbeta] = tf.grads((x, gamma, beta) => {
    return nativeLayerNorm(tf, { ...call, mode: 'training', x, gamma, beta }, plan).y;
  })([call.x, gamma, tf.zeros(gamma.shape)], call.dy) as [TfTensor, TfTensor, TfTensor];
  return { dx, dgamma, dbeta };
}
