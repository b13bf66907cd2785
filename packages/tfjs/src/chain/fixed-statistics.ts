import type { BackwardResult, CallOf, CallPlan, InferenceResult } from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';
import { differentiable } from './differentiable';
import { groupedViewOf } from './grouped-view';
import { sumAround } from './sums';

type Shape3 = [number, number, number];

/** What the gradient of Batch Norm with given statistics is made of, all [1, channels, 1] but x and dy. */
interface Given {
  readonly x: TfTensor;
  readonly mean: TfTensor;
  readonly variance: TfTensor;
  readonly gamma: TfTensor | null;
  readonly epsilon: number;
  readonly shape: Shape3;
}

/**
 * Batch Norm with given statistics (Ioffe and Szegedy 2015, algorithm 2), as one step with gradients for x,
 * mean, variance, gamma and beta. In the order (x - mean) * invStd * gamma + beta, never folded into x * a +
 * b: folded, two large numbers cancel where x and mean are both large.
 */
export function fixedForward(
  tf: TensorFlow,
  call: CallOf<'batchNorm', 'inference', TfTensor>,
  { view, epsilon }: CallPlan,
): InferenceResult<TfTensor> {
  const { x, mean, variance, gamma, beta } = call;
  const { shape } = groupedViewOf(view, x.shape);
  const given = [x, mean, variance, ...(gamma ? [gamma] : [])];
  const y = differentiable(
    tf,
    [...given, ...(beta ? [beta] : [])],
    [],
    () => {
      const [inGroups, perChannel] = reshapes(tf, shape);
      let y = standardized(tf, inGroups(x), perChannel(mean), inverse(tf, perChannel(variance), epsilon));
      if (gamma) y = tf.mul(y, perChannel(gamma));
      if (beta) y = tf.add(y, perChannel(beta));
      return tf.reshape(y, x.shape);
    },
    (dy, inputs) => {
      const [x, mean, variance, scale] = inputs as [TfTensor, TfTensor, TfTensor, TfTensor];
      const again = { x, mean, variance, gamma: gamma ? scale : null, epsilon, shape };
      const { dx, dgamma, dbeta, dmean, dvariance } = gradients(tf, again, dy);
      const values = [dx, dmean, dvariance, ...(gamma ? [dgamma] : []), ...(beta ? [dbeta] : [])];
      return values.map((value, i) => tf.reshape(value, (inputs[i] as TfTensor).shape));
    },
  );
  return { y };
}

/** The gradients of `fixedForward`, for a caller who has dy: themselves differentiable. */
export function fixedBackward(
  tf: TensorFlow,
  call: CallOf<'batchNorm', 'backward', TfTensor>,
  { view, epsilon }: CallPlan,
): BackwardResult<TfTensor> {
  const { x, dy, gamma } = call;
  const mean = call.mean as TfTensor;
  const variance = call.variance as TfTensor;
  const { shape } = groupedViewOf(view, x.shape);
  const given = { x, mean, variance, gamma: gamma ?? null, epsilon, shape };
  const { dx, dgamma, dbeta, dmean, dvariance } = gradients(tf, given, dy);
  const parameterShape = [...(gamma?.shape ?? view.parameters.shape)];
  return {
    dx: tf.reshape(dx, x.shape),
    dgamma: tf.reshape(dgamma, parameterShape),
    dbeta: tf.reshape(dbeta, parameterShape),
    dmean: tf.reshape(dmean, mean.shape),
    dvariance: tf.reshape(dvariance, variance.shape),
  };
}

function gradients(tf: TensorFlow, { x, mean, variance, gamma, epsilon, shape }: Given, dy: TfTensor) {
  const [inGroups, perChannel] = reshapes(tf, shape);
  const invStd = inverse(tf, perChannel(variance), epsilon);
  const scaled = (values: TfTensor) => tf.mul(gamma ? tf.mul(values, perChannel(gamma)) : values, invStd);
  const groupedDy = inGroups(dy);
  const dbeta = sumAround(tf, groupedDy);
  const dgamma = sumAround(tf, tf.mul(groupedDy, standardized(tf, inGroups(x), perChannel(mean), invStd)));
  return {
    dx: scaled(groupedDy),
    dgamma,
    dbeta,
    dmean: tf.neg(scaled(dbeta)),
    dvariance: tf.mul(tf.mul(scaled(dgamma), invStd), -0.5),
  };
}

function reshapes(tf: TensorFlow, shape: Shape3) {
  return [
    (x: TfTensor) => tf.reshape(x, shape) as TfTensor,
    (parameter: TfTensor) => tf.reshape(parameter, [1, shape[1], 1]) as TfTensor,
  ] as const;
}

function inverse(tf: TensorFlow, variance: TfTensor, epsilon: number): TfTensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

function standardized(tf: TensorFlow, x: TfTensor, mean: TfTensor, invStd: TfTensor): TfTensor {
  return tf.mul(tf.sub(x, mean), invStd);
}
