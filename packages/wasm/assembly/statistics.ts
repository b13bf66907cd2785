import { element } from './lanes';
import { Launch } from './launch';
import { compensated, setSums, squares, squaresError, sum, sumError } from './sums';

/** The statistics of the unit at hand: x-hat = ((x - pivot) - correction) * invStd. */
export let mean: f64 = 0;
export let variance: f64 = 0;
export let invStd: f64 = 0;
/**
 * A value near the mean, exact in T, which is subtracted before summing (a trial mean: Chan, Golub and
 * LeVeque 1983).
 */
export let pivot: f64 = 0;
/** mean - pivot. */
export let correction: f64 = 0;

/** The sums give the statistics. */
export const SETTLED: i32 = 0;
/** The pivot was far from the mean. `pivot` now holds a better one, to sum with once more. */
export const SUM_AGAIN: i32 = 1;
/** Something overflows, vanishes or is NaN: the unit takes the slow path, which has the range for it. */
export const SLOW: i32 = 2;

/**
 * Outside these bounds of variance + epsilon, products of float32 gradients lose bits (below) or overflow
 * (above).
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
 * Chooses the pivot of the unit that starts at `x`: the mean of four of its elements, or 0 where these lie
 * around 0.
 *
 * - A pivot of 0 saves the subtraction: Layer Norm of [4096, 768] takes 0.8 of the time.
 * - Where all elements are the same, the pivot is that value, and every x-hat is exactly 0.
 * - The four elements lie apart, and inside their stretches, in no row or column that sizes divide into: the
 *   corners and edges of a padded map are unlike the rest of it.
 * - float64 elements get a pivot only where they lie farther from 0. For them x - pivot is itself rounded,
 *   and where the mean is near 0 that error counts in x-hat.
 */
export function choosePivot<T>(launch: Launch, x: usize): f64 {
  pivot = 0;
  if (!launch.centred) return pivot;
  const length = launch.length;
  const quarter = launch.n >> 2;
  pivot = element<T>(x);
  if (quarter == 0) return pivot;
  const within = (min(quarter, length) * 19) / 35;
  let four: f64 = 0;
  let apart: f64 = 0;
  for (let i = within; i < 4 * quarter; i += quarter) {
    const run = i / length;
    const value = element<T>(x + (run * launch.runStride + (i - run * length)) * sizeof<T>());
    four += value;
    apart += abs<f64>(value - pivot);
  }
  four *= 0.25;
  pivot = abs<f64>(four) < apart * (sizeof<T>() == 8 ? 0.75 : 0.375) ? 0 : <f64>(<T>four);
  return pivot;
}

export function setPivot(value: f64): void {
  pivot = value;
}

/**
 * Computes the statistics from `sum` and `squares`.
 *
 * @param judgePivot whether a pivot far from the mean is to be refused.
 */
export function settle<T>(launch: Launch, judgePivot: bool): i32 {
  if (sizeof<T>() == 8) setSums(compensated(sum, sumError), compensated(squares, squaresError));
  const n = <f64>launch.n;
  correction = launch.centred ? sum / n : 0;
  const correctionSquared = correction * correction;
  const v = squares / n - correctionSquared;
  // The rounding errors of `squares` count (variance + correction^2) / variance times.
  if (judgePivot && correctionSquared > (sizeof<T>() == 8 ? 16 : 4) * v) {
    pivot = <f64>(<T>(pivot + correction));
    return SUM_AGAIN;
  }
  // The elements differ, but the squares of their differences vanish in float32: so would products with them.
  if (sizeof<T>() == 4 && v < 1e-60 && sum != 0) return SLOW;
  variance = max<f64>(v, 0);
  const spread = variance + launch.epsilon;
  // Written so that NaN fails too.
  if (!(spread > lowest<T>() && spread < highest<T>()) || v != v) return SLOW;
  mean = pivot + correction;
  invStd = 1 / sqrt<f64>(spread);
  return SETTLED;
}

/** Whether float32 can multiply by gamma * invStd: it neither vanishes nor overflows. */
export function usable(factor: f64): bool {
  const size = abs<f64>(factor);
  return (size > 1e-30 && size < 1e30) || size == 0;
}

/**
 * Takes the given statistics of unit g. The pivot is the mean itself: x - mean is then exact where x is near
 * it.
 */
export function takeGiven(launch: Launch, g: usize): void {
  mean = load<f64>(launch.givenMean + (g << 3));
  pivot = mean;
  correction = 0;
  invStd = load<f64>(launch.givenInvStd + (g << 3));
}

/** Takes the statistics that the slow path has found. */
export function takeStatistics(newMean: f64, newVariance: f64, newInvStd: f64): void {
  mean = newMean;
  variance = newVariance;
  invStd = newInvStd;
}

/**
 * Sums the mean of a row again, in float64, and moves the pivot to it: x-hat is then exact to its last digits
 * also where it is near 0.
 */
export function refineMean<T>(x: usize, bytes: usize, n: f64): void {
  if (sizeof<T>() == 8) {
    // Its sum is compensated already.
    pivot = mean;
    correction = 0;
    return;
  }
  let total: f64 = 0;
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) total += element<T>(x + i) - pivot;
  mean = pivot + total / n;
  pivot = <f64>(<T>mean);
  correction = mean - pivot;
}

/** Writes the statistics of unit g, where they are wanted. */
export function writeStatistics(launch: Launch, g: usize): void {
  if (launch.mean == 0) return;
  const offset = g << 3;
  store<f64>(launch.mean + offset, mean);
  store<f64>(launch.variance + offset, variance);
  store<f64>(launch.invStd + offset, invStd);
}
