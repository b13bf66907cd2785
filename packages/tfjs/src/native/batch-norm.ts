import type {
  BackwardResult,
  CallOf,
  CallPlan,
  InferenceResult,
  RunningStats,
  TrainingResult,
} from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';

/**
 * tf.layers' `batchNormalization` of the functions of tfjs-core, for rank 2 to 4 (tfjs-layers 4.22.0,
 * src/layers/normalization.ts). Parameters are one-dimensional or have x's rank.
 */
export function layersBatchNormalization(
  tf: TensorFlow,
  x: TfTensor,
  mean: TfTensor,
  variance: TfTensor,
  beta: TfTensor | undefined,
  gamma: TfTensor | undefined,
  epsilon: number,
): TfTensor {
  const batchNorm = { 2: tf.batchNorm2d, 3: tf.batchNorm3d, 4: tf.batchNorm4d }[x.rank] as (
    ...args: unknown[]
  ) => TfTensor;
  return batchNorm(x, mean, variance, beta, gamma, epsilon);
}

/**
 * `tf.layers.batchNormalization({ axis })`, training false. Where the channels are not last, the layer gives
 * mean and the others x's rank to broadcast, which the kernels of the cpu and wasm backends do not do: they
 * walk through them in step with x, and the result is wrong without a word (tfjs #1106).
 */
export function nativeFixedForward(
  tf: TensorFlow,
  call: CallOf<'batchNorm', 'inference', TfTensor>,
  plan: CallPlan,
): InferenceResult<TfTensor> {
  const { x, mean, variance, beta, gamma } = call;
  const perChannel = parameterReshape(tf, x, plan);
  const y = layersBatchNormalization(
    tf,
    x,
    perChannel(mean),
    perChannel(variance),
    beta && perChannel(beta),
    gamma && perChannel(gamma),
    plan.epsilon,
  );
  return { y };
}

/** The layer with training true: tf.moments, then as above; running statistics by Keras's rule. */
export function nativeTraining(
  tf: TensorFlow,
  call: CallOf<'batchNorm', 'training', TfTensor>,
  plan: CallPlan,
): TrainingResult<TfTensor> {
  const { mean, variance, y } = normalizeBatchInTraining(tf, call, plan);
  const { runningMean, runningVar } = call as RunningStats<TfTensor>;
  const moved = (old: TfTensor, batch: TfTensor) =>
    tf.sub(old, tf.mul(tf.sub(old, batch), plan.running?.take ?? 0)) as TfTensor;
  return {
    y,
    mean,
    invStd: tf.rsqrt(tf.add(variance, plan.epsilon)),
    ...(runningMean && runningVar
      ? { runningMean: moved(runningMean, mean), runningVar: moved(runningVar, variance) }
      : {}),
  };
}

/** tf.grads through either. */
export function nativeBatchNormBackward(
  tf: TensorFlow,
  call: CallOf<'batchNorm', 'backward', TfTensor>,
  plan: CallPlan,
): BackwardResult<TfTensor> {
  const { x, dy, mean, variance } = call;
  const gamma = call.gamma ?? tf.ones([...plan.view.parameters.shape]);
  const beta = tf.zeros(gamma.shape);
  if (mean && variance) {
    const [dx, dgamma, dbeta, dmean, dvariance] = tf.grads((x, gamma, beta, mean, variance) => {
      const given = { ...call, x, gamma, beta, mean, variance } as unknown;
      return nativeFixedForward(tf, given as CallOf<'batchNorm', 'inference', TfTensor>, plan).y;
    })([x, gamma, beta, mean, variance], dy) as [TfTensor, TfTensor, TfTensor, TfTensor, TfTensor];
    return { dx, dgamma, dbeta, dmean, dvariance };
  }
  const [dx, dgamma, dbeta] = tf.grads(
    (x, gamma, beta) => normalizeBatchInTraining(tf, { ...call, x, gamma, beta }, plan).y,
  )([x, gamma, beta], dy) as [TfTensor, TfTensor, TfTensor];
  return { dx, dgamma, dbeta };
}

function normalizeBatchInTraining(
  tf: TensorFlow,
  call: Pick<CallOf<'batchNorm', 'training', TfTensor>, 'x' | 'gamma' | 'beta'>,
  plan: CallPlan,
) {
  const { x, gamma, beta } = call;
  const { mean, variance } = tf.moments(x, [...plan.axes]);
  const perChannel = parameterReshape(tf, x, plan);
  const y = layersBatchNormalization(
    tf,
    x,
    perChannel(mean),
    perChannel(variance),
    beta && perChannel(beta),
    gamma && perChannel(gamma),
    plan.epsilon,
  );
  return { mean, variance, y };
}

/** Parameters as the layer hands them on: as they are where the channels are last, else with x's rank. */
function parameterReshape(
  tf: TensorFlow,
  x: TfTensor,
  { channelAxis }: CallPlan,
): (parameter: TfTensor) => TfTensor {
  if (channelAxis === x.rank - 1) return (parameter) => parameter;
  const shape = x.shape.map((dimension, axis) => (axis === channelAxis ? dimension : 1));
  return (parameter) => tf.reshape(parameter, shape);
}
