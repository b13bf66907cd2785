import type {
  BackwardResult,
  CallOf,
  CallPlan,
  Op,
  RunningStats,
  TrainingResult,
} from '@normlayers/core/adapter';
import { disposeAll, type TensorFlow, type TfTensor } from '../framework';
import { differentiable, unrecorded } from './differentiable';
import {
  type Computed,
  groupGradients,
  invStdGradient,
  invStdOf,
  meanGradient,
  meanOf,
} from './group-gradients';
import { fromGroups, type GroupedView, groupedViewOf, toGroups } from './grouped-view';
import { type Statistics, standardize } from './standardize';
import { sumAround } from './sums';

type Forward = CallOf<Op, 'inference' | 'training', TfTensor>;
type Backward = CallOf<Op, 'backward', TfTensor>;

/** Normalizes with each group's own statistics: every operation but Batch Norm with given ones. */
export function forward(tf: TensorFlow, call: Forward, plan: CallPlan): TrainingResult<TfTensor> {
  const { x, gamma } = call;
  const beta = 'beta' in call ? call.beta : undefined;
  const grouped = groupedViewOf(plan.view, x.shape);
  const values = unrecorded(tf, () => {
    const standardized = standardizeCall(tf, call, plan, grouped);
    return call.mode === 'training'
      ? { ...standardized, ...running(tf, call, plan, standardized) }
      : standardized;
  });
  try {
    const computed: Computed = { ...values, x, grouped, centred: plan.centred };
    const y = affine(tf, computed, gamma, beta);
    if (call.mode === 'inference') return { y };
    const statistic = (value: TfTensor) => tf.reshape(value, [...plan.view.statisticsShape]);
    const invStd = statistic(invStdOf(tf, computed, values.invStd));
    if (!plan.centred) return { y, invRms: invStd };
    const mean = statistic(meanOf(tf, computed, values.mean));
    const { runningMean, runningVar } = values as RunningStats<TfTensor>;
    return {
      y,
      mean,
      invStd,
      ...(runningMean && runningVar
        ? { runningMean: runningMean.clone(), runningVar: runningVar.clone() }
        : {}),
    };
  } finally {
    disposeAll(tf, values);
  }
}

/** The gradients of `forward`, for a caller who has dy: themselves differentiable. */
export function backward(tf: TensorFlow, call: Backward, plan: CallPlan): BackwardResult<TfTensor> {
  const { x, dy, gamma } = call;
  const grouped = groupedViewOf(plan.view, x.shape);
  const values = unrecorded(tf, () => standardizeCall(tf, call, plan, grouped));
  try {
    const computed: Computed = { ...values, x, grouped, centred: plan.centred };
    const inGroups = gamma === undefined ? null : tf.reshape(gamma, [1, plan.view.parameters.count, 1]);
    const { dx, dgamma, dbeta } = groupGradients(tf, computed, inGroups, dy);
    const shape = [...(gamma?.shape ?? plan.view.parameters.shape)];
    const scale = { dx, dgamma: tf.reshape(dgamma, shape) };
    return !plan.centred ? scale : { ...scale, dbeta: tf.reshape(dbeta, shape) };
  } finally {
    disposeAll(tf, values);
  }
}

/** The gradient of x through its mean alone, or through its invStd alone: itself differentiable. */
export function statisticGradient(
  tf: TensorFlow,
  call: Forward,
  plan: CallPlan,
  ofMean: boolean,
  dstatistic: TfTensor,
): TfTensor {
  const { x } = call;
  const grouped = groupedViewOf(plan.view, x.shape);
  const perGroup = tf.reshape(dstatistic, [1, grouped.shape[1], 1]);
  if (ofMean) return meanGradient(tf, grouped, perGroup);
  const values = unrecorded(tf, () => standardizeCall(tf, call, plan, grouped));
  try {
    return invStdGradient(tf, { ...values, x, grouped, centred: plan.centred }, perGroup);
  } finally {
    disposeAll(tf, values);
  }
}

function standardizeCall(
  tf: TensorFlow,
  { x }: Forward | Backward,
  { epsilon, centred }: CallPlan,
  grouped: GroupedView,
) {
  return standardize(tf, toGroups(tf, x, grouped), grouped, { epsilon, centred });
}

/** y = gamma * xhat + beta, as one step with gradients for x, gamma and beta. */
function affine(
  tf: TensorFlow,
  computed: Computed,
  gamma: TfTensor | undefined,
  beta: TfTensor | undefined,
): TfTensor {
  const { grouped, x } = computed;
  const inParameters = (parameter: TfTensor) => tf.reshape(parameter, [1, grouped.parameterShape[1], 1]);
  return differentiable(
    tf,
    [x, ...(gamma ? [gamma] : []), ...(beta ? [beta] : [])],
    [computed.xhat, computed.root, computed.inverseScale],
    () => {
      let y: TfTensor = tf.reshape(computed.xhat, grouped.parameterShape);
      if (gamma) y = tf.mul(y, inParameters(gamma));
      if (beta) y = tf.add(y, inParameters(beta));
      return fromGroups(tf, tf.reshape(y, grouped.shape), grouped);
    },
    (dy, [x, ...parameters], [xhat, root, inverseScale]) => {
      const again = { ...computed, x, xhat, root, inverseScale } as Computed;
      const scale = gamma ? inParameters(parameters[0] as TfTensor) : null;
      const { dx, dgamma, dbeta } = groupGradients(tf, again, scale, dy);
      return [
        dx,
        ...(gamma ? [tf.reshape(dgamma, gamma.shape)] : []),
        ...(beta ? [tf.reshape(dbeta, beta.shape)] : []),
      ];
    },
  );
}

/**
 * new = keep * old + take * batch; for Instance Norm the batch's statistic is the mean over its N instances.
 */
function running(
  tf: TensorFlow,
  call: Forward,
  { running, view }: CallPlan,
  { mean, variance }: Statistics,
): Record<string, TfTensor> {
  if (running === null) return {};
  const { runningMean, runningVar } = call as RunningStats<TfTensor>;
  const channels = view.parameters.count;
  const instances = mean.size / channels;
  const moved = (old: TfTensor, batch: TfTensor, factor: number) => {
    const average = tf.div(
      sumAround(tf, tf.reshape(tf.mul(batch, factor), [instances, channels, 1])),
      instances,
    );
    return tf.add(tf.mul(old, running.keep), tf.mul(tf.reshape(average, old.shape), running.take));
  };
  return {
    runningMean: moved(runningMean as TfTensor, mean, 1),
    runningVar: moved(runningVar as TfTensor, variance, running.varianceFactor),
  };
}
