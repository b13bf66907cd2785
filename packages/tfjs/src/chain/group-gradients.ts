import type { TensorFlow, TfTensor } from '../framework';
import { differentiable } from './differentiable';
import { fromGroups, type GroupedView, toGroups } from './grouped-view';
import type { Standardized } from './standardize';
import { sumAround } from './sums';

/** A group's values as they were computed forward, with the x that they came from. */
export interface Computed extends Standardized {
  /** Of x's own shape. */
  readonly x: TfTensor;
  readonly grouped: GroupedView;
  readonly centred: boolean;
}

export interface Gradients {
  /** Of x's own shape. */
  readonly dx: TfTensor;
  /** [1, count, 1], as is dbeta. */
  readonly dgamma: TfTensor;
  readonly dbeta: TfTensor;
}

/**
 * The gradients of y = gamma * xhat + beta through the groups' own statistics (Ioffe and Szegedy 2015,
 * section 3). Made of operations that can themselves be differentiated, with respect to x, gamma and dy.
 *
 * @param gamma [1, count, 1], or null for 1.
 * @param dy of x's own shape.
 */
export function groupGradients(
  tf: TensorFlow,
  computed: Computed,
  gamma: TfTensor | null,
  dy: TfTensor,
): Gradients {
  const { grouped } = computed;
  const inParameters = (values: TfTensor) => tf.reshape(values, grouped.parameterShape);
  const inOrder = inParameters(toGroups(tf, dy, grouped));
  const dxhat = gamma === null ? inOrder : tf.mul(inOrder, gamma);
  return {
    dx: inputGradient(tf, computed, tf.reshape(dxhat, grouped.shape)),
    dgamma: sumAround(tf, tf.mul(inOrder, inParameters(xhatOf(tf, computed)))),
    dbeta: sumAround(tf, inOrder),
  };
}

/**
 * dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), without mean(dxhat) for RMS Norm.
 *
 * @param dxhat in the grouped view.
 */
function inputGradient(tf: TensorFlow, computed: Computed, dxhat: TfTensor): TfTensor {
  const { grouped, centred } = computed;
  const groupMean = (values: TfTensor) => tf.div(sumAround(tf, values), grouped.n) as TfTensor;
  const xhat = xhatOf(tf, computed);
  const along = tf.mul(xhat, groupMean(tf.mul(dxhat, xhat)));
  const left = tf.sub(centred ? tf.sub(dxhat, groupMean(dxhat)) : dxhat, along);
  return fromGroups(tf, tf.mul(tf.mul(left, rootOf(tf, computed)), computed.inverseScale), grouped);
}

/** xhat as computed, and as a function of x: what a second derivative goes through. */
function xhatOf(tf: TensorFlow, computed: Computed): TfTensor {
  return fromComputed(tf, computed, computed.xhat, (again, dxhat) => inputGradient(tf, again, dxhat));
}

/**
 * The root in invStd = root * inverseScale, as a function of x: droot / dx = -root^2 * inverseScale * xhat /
 * n.
 */
function rootOf(tf: TensorFlow, computed: Computed): TfTensor {
  return fromComputed(tf, computed, computed.root, (again, droot) => {
    const root = rootOf(tf, again);
    const factor = tf.div(tf.mul(tf.mul(tf.mul(droot, root), root), again.inverseScale), -again.grouped.n);
    return fromGroups(tf, tf.mul(xhatOf(tf, again), factor), again.grouped);
  });
}

/**
 * invStd as a function of x: dinvStd / dx = -invStd^2 * xhat / n.
 *
 * @param invStd [1, groups, 1].
 */
export function invStdOf(tf: TensorFlow, computed: Computed, invStd: TfTensor): TfTensor {
  return fromComputed(tf, computed, invStd, (again, dinvStd) => invStdGradient(tf, again, dinvStd));
}

/** @param dinvStd [1, groups, 1]. */
export function invStdGradient(tf: TensorFlow, computed: Computed, dinvStd: TfTensor): TfTensor {
  const factor = () => tf.mul(rootOf(tf, computed), computed.inverseScale);
  const scaled = tf.div(tf.mul(tf.mul(dinvStd, factor()), factor()), -computed.grouped.n);
  return fromGroups(tf, tf.mul(xhatOf(tf, computed), scaled), computed.grouped);
}

/**
 * The mean as a function of x: dmean / dx = 1 / n.
 *
 * @param mean [1, groups, 1].
 */
export function meanOf(tf: TensorFlow, computed: Computed, mean: TfTensor): TfTensor {
  return fromComputed(tf, computed, mean, (again, dmean) => meanGradient(tf, again.grouped, dmean));
}

/** @param dmean [1, groups, 1]. */
export function meanGradient(tf: TensorFlow, grouped: GroupedView, dmean: TfTensor): TfTensor {
  return fromGroups(tf, tf.mul(tf.ones(grouped.shape), tf.div(dmean, grouped.n)), grouped);
}

/** A value that has been computed from x already, recorded as one step with a gradient. */
function fromComputed(
  tf: TensorFlow,
  computed: Computed,
  value: TfTensor,
  gradient: (again: Computed, dvalue: TfTensor) => TfTensor,
): TfTensor {
  const { xhat, root, inverseScale } = computed;
  return differentiable(
    tf,
    [computed.x],
    [xhat, root, inverseScale],
    () => value.clone(),
    (dvalue, [x], [xhat, root, inverseScale]) => [
      gradient({ ...computed, x, xhat, root, inverseScale } as Computed, dvalue),
    ],
  );
}
