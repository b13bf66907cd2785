import { at } from './lanes';
import { setSums, squares, squaresRest, sum, sumRest, whole } from './sums';

/** The statistics of the group at hand. x-hat = ((x - shift) - residue) * invStd. */
export let mean: f64 = 0;
export let variance: f64 = 0;
export let invStd: f64 = 0;
/** What was taken off before summing: a value near the mean, exact in T. */
export let shift: f64 = 0;
/** What of the mean the shift leaves. */
export let residue: f64 = 0;

/** The sums settle the statistics. */
export const SETTLED: i32 = 0;
/** The shift was far from the mean: sum once more with a better one, which is in `shift`. */
export const AGAIN: i32 = 1;
/** Something overflows, vanishes or is no number: the slow path has the range for it. */
export const HARD: i32 = 2;

/**
 * Outside these, variance + epsilon is left to the slow path: products of float32 gradients lose bits below, overflow
 * above.
 */
// @ts-expect-error: decorator
@inline
function lowest<T>(): f64 {
  return sizeof<T>() == 8 ? 1e-290 : 1e-24;
}

// @ts-expect-error: decorator
@inline
function highest<T>(): f64 {
  return sizeof<T>() == 8 ? 1e150 : 1e24;
}

/**
 * A value near the mean of a group: the mean of four of its elements, or 0 where they lie around it, which saves the
 * subtraction (Layer Norm of [4096, 768] in 0.8 of the time). Where all elements are the same, it is that value, exactly,
 * and x-hat comes out as 0. The four lie apart, and inside their stretches, in no row or column that sizes divide into: the
 * corners and edges of a padded map are unlike the rest of it. Of float64 numbers x - shift is rounded itself, which counts
 * where x-hat is next to 0 and so is the mean: a shift is chosen only where they lie farther from 0.
 */
export function chooseShift<T>(
  x: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  centred: bool,
): f64 {
  shift = 0;
  if (!centred) return shift;
  const quarter = (runs * length) >> 2;
  shift = at<T>(x);
  if (quarter == 0) return shift;
  const within = (min(quarter, length) * 19) / 35;
  let four: f64 = 0;
  let apart: f64 = 0;
  for (let element = within; element < 4 * quarter; element += quarter) {
    const run = element / length;
    const value = at<T>(x + (run * runStride + (element - run * length)) * sizeof<T>());
    four += value;
    apart += abs<f64>(value - shift);
  }
  four *= 0.25;
  shift = abs<f64>(four) < apart * (sizeof<T>() == 8 ? 0.75 : 0.375) ? 0 : <f64>(<T>four);
  return shift;
}

export function setShift(k: f64): void {
  shift = k;
}

/** Statistics from `sum` and `squares` over n elements. */
export function settle<T>(n: f64, centred: bool, epsilon: f64, again: bool): i32 {
  if (sizeof<T>() == 8) setSums(whole(sum, sumRest), whole(squares, squaresRest));
  residue = centred ? sum / n : 0;
  const taken = residue * residue;
  const v = squares / n - taken;
  // Rounding of the sum of squares counts (variance + residue^2) / variance times.
  if (again && taken > (sizeof<T>() == 8 ? 16 : 4) * v) {
    shift = <f64>(<T>(shift + residue));
    return AGAIN;
  }
  // Differences whose squares vanish, of elements that are not all the same: what is summed of them vanishes too.
  if (sizeof<T>() == 4 && v < 1e-60 && sum != 0) return HARD;
  variance = max<f64>(v, 0);
  const spread = variance + epsilon;
  // Also where it is NaN.
  if (!(spread > lowest<T>() && spread < highest<T>()) || v != v) return HARD;
  mean = shift + residue;
  invStd = 1 / sqrt<f64>(spread);
  return SETTLED;
}

/** Whether gamma * invStd can be multiplied by in float32: neither vanishing nor overflowing beside x. */
export function usable(factor: f64): bool {
  const size = abs<f64>(factor);
  return (size > 1e-30 && size < 1e30) || size == 0;
}

/** Statistics that are given: x - mean is then exact next to the mean, where little is left of it. */
export function fix(givenMean: f64, givenInvStd: f64): void {
  mean = givenMean;
  shift = givenMean;
  residue = 0;
  invStd = givenInvStd;
}

/**
 * Sums the mean of a row anew, in float64, and moves the shift to it, so that x-hat comes out exact to its last places
 * also where it is next to 0.
 */
export function sharpenMean<T>(x: usize, bytes: usize, n: f64): void {
  if (sizeof<T>() == 8) {
    // Its sum has lost nothing.
    shift = mean;
    residue = 0;
    return;
  }
  let total: f64 = 0;
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) total += at<T>(x + i) - shift;
  mean = shift + total / n;
  shift = <f64>(<T>mean);
  residue = mean - shift;
}

/** Writes the statistics of group g where they are wanted; as float64, rounded by the caller. */
export function writeStatistics(outMean: usize, outVariance: usize, outInvStd: usize, g: usize): void {
  if (outMean == 0) return;
  store<f64>(outMean + (g << 3), mean);
  store<f64>(outVariance + (g << 3), variance);
  store<f64>(outInvStd + (g << 3), invStd);
}

/** The same from the slow path. */
export function takeStatistics(m: f64, v: f64, i: f64): void {
  mean = m;
  variance = v;
  invStd = i;
}
