import type { BackwardResult, CallOf, CallPlan, TrainingResult } from '@normlayers/core/adapter';
import { fromGroups, groupedViewOf, toGroups } from '../chain/grouped-view';
import type { TensorFlow, TfTensor } from '../framework';

type Composed = 'instanceNorm' | 'groupNorm' | 'rmsNorm';

/**
 * TensorFlow.js has no Instance, Group or RMS Norm. This is what people write: tf.moments, sub, rsqrt, mul,
 * add, on rows (as in tfjs-examples' fast-style-transfer and the Keras layers that are ported to it).
 */
export function nativeComposition(
  tf: TensorFlow,
  call: CallOf<Composed, 'inference' | 'training', TfTensor>,
  { centred, epsilon, view }: CallPlan,
): TrainingResult<TfTensor> {
  const { x, gamma } = call;
  const beta = 'beta' in call ? call.beta : undefined;
  const grouped = groupedViewOf(view, x.shape);
  const [, rows, features] = grouped.shape;
  const statistic = (value: TfTensor) => tf.reshape(value, [...view.statisticsShape]) as TfTensor;
  const inParameters = (parameter: TfTensor) => tf.reshape(parameter, [1, view.parameters.count, 1]);

  const values = tf.reshape(toGroups(tf, x, grouped), [rows, features]);
  const moments = centred ? tf.moments(values, 1, true) : null;
  const variance = moments?.variance ?? tf.mean(tf.square(values), 1, true);
  const invStd = tf.rsqrt(tf.add(variance, epsilon)) as TfTensor;
  const xhat = tf.mul(moments ? tf.sub(values, moments.mean) : values, invStd);
  let y = tf.reshape(xhat, grouped.parameterShape) as TfTensor;
  if (gamma) y = tf.mul(y, inParameters(gamma));
  if (beta) y = tf.add(y, inParameters(beta));
  y = fromGroups(tf, tf.reshape(y, grouped.shape), grouped);
  if (moments === null) return { y, invRms: statistic(invStd) };
  return { y, mean: statistic(moments.mean), invStd: statistic(invStd) };
}

/** tf.grads through it. */
export function nativeCompositionBackward(
  tf: TensorFlow,
  call: CallOf<Composed, 'backward', TfTensor>,
  plan: CallPlan,
): BackwardResult<TfTensor> {
  const { x, dy } = call;
  const gamma = call.gamma ?? tf.ones([...plan.view.parameters.shape]);
  const y = (x: TfTensor, gamma: TfTensor, beta?: TfTensor) => {
    const forward = { ...call, mode: 'training', x, gamma, beta } as unknown;
    return nativeComposition(tf, forward as CallOf<Composed, 'training', TfTensor>, plan).y;
  };
  if (call.op === 'rmsNorm') {
    const [dx, dgamma] = tf.grads(y)([x, gamma], dy) as [TfTensor, TfTensor];
    return { dx, dgamma };
  }
  const [dx, dgamma, dbeta] = tf.grads(y)([x, gamma, tf.zeros(gamma.shape)], dy) as [
    TfTensor,
    TfTensor,
    TfTensor,
  ];
  return { dx, dgamma, dbeta };
}
