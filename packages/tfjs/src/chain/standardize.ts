import type { TensorFlow, TfTensor } from '../framework';
import type { GroupedView } from './grouped-view';
import { inverseScale } from './scale';
import { sumAround } from './sums';

/** What is to be done to each group. */
export interface GroupOptions {
  readonly epsilon: number;
  /** False for RMS Norm, which takes no mean off. */
  readonly centred: boolean;
}

/**
 * A tensor normalized group by group. `xhat` has the grouped view's shape, the statistics are [1, groups, 1].
 */
export interface Standardized {
  readonly xhat: TfTensor;
  /**
   * invStd = root * inverseScale; apart, because the product may be beyond float32 where a gradient is not.
   */
  readonly root: TfTensor;
  readonly inverseScale: TfTensor;
}

export interface Statistics {
  readonly mean: TfTensor;
  readonly variance: TfTensor;
  /** 1 / sqrt(variance + epsilon). */
  readonly invStd: TfTensor;
}

/**
 * Brings each group to mean 0 and variance 1, in float32, right for every finite input and NaN for a group
 * with NaN or Inf (Ioffe and Szegedy 2015, algorithm 1; Ba, Kiros and Hinton 2016, equation 3; Zhang and
 * Sennrich 2019, equation 4).
 *
 * Each group is first divided by a power of two, so that no square overflows or vanishes. It is centred
 * twice: the mean of the differences is what rounding left in the first mean (Chan, Golub and LeVeque 1983),
 * and a constant group becomes exactly 0. No branch looks at the data, so nothing waits for a device.
 *
 * @param x in its grouped view.
 */
export function standardize(
  tf: TensorFlow,
  x: TfTensor,
  { shape, n }: GroupedView,
  { epsilon, centred }: GroupOptions,
): Standardized & Statistics {
  const groupMean = (values: TfTensor) => tf.div(sumAround(tf, values), n) as TfTensor;
  const scale = inverseScale(tf, sumAround(tf, tf.abs(x)), n, epsilon);
  let values = tf.mul(x, scale) as TfTensor;
  let mean: TfTensor = tf.zeros([1, shape[1], 1]);
  if (centred) {
    const first = groupMean(values);
    values = tf.sub(values, first);
    const rest = groupMean(values);
    values = tf.sub(values, rest);
    mean = tf.add(first, rest);
  }
  const variance = groupMean(tf.square(values));
  const scaledEpsilon = tf.square(tf.mul(scale, Math.sqrt(epsilon)));
  // variance - variance: an Inf in a group that is not centred has not become NaN yet.
  const total = tf.add(tf.add(variance, tf.sub(variance, variance)), scaledEpsilon) as TfTensor;
  const root = tf.rsqrt(total);
  const flat = tf.equal(variance, 0);
  const zero = tf.scalar(0);
  // A flat group at a large scale, where scaledEpsilon has vanished: its invStd is 1 / sqrt(epsilon) all the
  // same.
  const statisticRoot = tf.where(flat, tf.scalar(1 / Math.sqrt(epsilon)), root);
  const statisticScale = tf.where(flat, tf.scalar(1), scale);
  return {
    xhat: tf.mul(values, tf.where(tf.equal(total, 0), zero, root)),
    root: statisticRoot,
    inverseScale: statisticScale,
    mean: tf.div(mean, scale),
    variance: tf.div(tf.div(variance, scale), scale),
    invStd: tf.mul(statisticRoot, statisticScale),
  };
}
