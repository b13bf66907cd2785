import { at } from './lanes';
import { invStd as givenInvStd, mean as givenMean, takeStatistics } from './statistics';

/**
 * The slow path, one element at a time in float64, for groups that overflow, vanish, hold NaN or Inf, or are constant
 * with epsilon 0. Elements lie in `runs` stretches of `length` neighbours, `runStride` apart. Element i of the group takes
 * parameter ((first + i) / inner) % count.
 */

/** Powers of two whose product brings the group into the range where squares are safe; both 1 for float32. */
let scaleA: f64 = 1;
let scaleB: f64 = 1;
/** The scaled group's: x-hat = (x * scale - centre) * factor. */
let centre: f64 = 0;
let factor: f64 = 0;
/** 1 / sqrt(variance + epsilon) of the group as it is. */
let scaledInvStd: f64 = 0;

// @ts-expect-error: decorator
@inline
function scaled<T>(pointer: usize): f64 {
  return sizeof<T>() == 8 ? at<T>(pointer) * scaleA * scaleB : at<T>(pointer);
}

function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>((<u64>(exponent + 1023)) << 52);
}

function exponentOf(value: f64): i32 {
  return <i32>((reinterpret<u64>(value) >> 52) & 2047) - 1023;
}

/** Squares of float64 numbers of 2^500 overflow, of 2^-400 lose their bits once many differences are small. */
function chooseScale<T>(x: usize, runs: usize, runStride: usize, length: usize, epsilon: f64): void {
  if (sizeof<T>() != 8) return;
  scaleA = 1;
  scaleB = 1;
  let largest: f64 = 0;
  for (let run: usize = 0; run < runs; run++) {
    const start = x + run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) largest = max<f64>(largest, abs<f64>(at<T>(start + i * sizeof<T>())));
  }
  if (!(largest > 0 && largest < f64.MAX_VALUE) || (largest > 1e-120 && largest < 1e150)) return;
  let exponent = exponentOf(largest);
  // Not so far down that the scaled epsilon would overflow: where it outweighs every square, precision is safe anyway.
  if (epsilon > 0) exponent = max<i32>(exponent, (exponentOf(epsilon) >> 1) - 400);
  const half = -exponent / 2;
  scaleA = powerOfTwo(half);
  scaleB = powerOfTwo(-exponent - half);
}

/** Statistics of a group, in two passes; the second also finds what rounding left in the mean. */
function hardStatistics<T>(
  x: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  centred: bool,
  epsilon: f64,
): void {
  chooseScale<T>(x, runs, runStride, length, epsilon);
  const n = <f64>(runs * length);
  // Differences from the first element: of equal ones they are 0, so that x-hat will be.
  const first = centred ? scaled<T>(x) : 0;
  let sum: f64 = 0;
  for (let run: usize = 0; run < runs; run++) {
    const start = x + run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) sum += scaled<T>(start + i * sizeof<T>()) - first;
  }
  const mean = centred ? first + sum / n : 0;
  let left: f64 = 0;
  let squares: f64 = 0;
  for (let run: usize = 0; run < runs; run++) {
    const start = x + run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const d = scaled<T>(start + i * sizeof<T>()) - mean;
      left += d;
      squares += d * d;
    }
  }
  const rest = centred ? left / n : 0;
  const variance = max<f64>(squares / n - rest * rest, 0);
  const spread = sizeof<T>() == 8 ? variance + epsilon * scaleA * scaleA * scaleB * scaleB : variance + epsilon;
  // An infinite mean square is an Inf in a group of RMS Norm: NaN for the whole group, as where a mean is taken off.
  const invStd = squares < Infinity ? 1 / sqrt<f64>(spread) : NaN;
  centre = mean + rest;
  factor = invStd == Infinity ? 0 : invStd;
  scaledInvStd = invStd;
  if (sizeof<T>() == 8) scaledInvStd = invStd * scaleA * scaleB;
  if (sizeof<T>() == 8) takeStatistics(centre / scaleA / scaleB, variance / scaleA / scaleA / scaleB / scaleB, scaledInvStd);
  else takeStatistics(centre, variance, invStd);
}

/** Takes the statistics at hand in the place of the group's own. */
function fixHard<T>(): void {
  if (sizeof<T>() == 8) {
    scaleA = 1;
    scaleB = 1;
  }
  centre = givenMean;
  factor = givenInvStd;
  scaledInvStd = givenInvStd;
}

/** y = gamma * xhat + beta for one group; with the statistics at hand where `fixed`. */
export function hardForward<T>(
  x: usize,
  y: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  gamma: usize,
  beta: usize,
  first: usize,
  inner: usize,
  count: usize,
  centred: bool,
  epsilon: f64,
  fixed: bool,
): void {
  if (fixed) fixHard<T>();
  else hardStatistics<T>(x, runs, runStride, length, centred, epsilon);
  for (let run: usize = 0; run < runs; run++) {
    const start = run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = (((first + run * length + i) / inner) % count) * sizeof<T>();
      const xhat = (scaled<T>(x + start + i * sizeof<T>()) - centre) * factor;
      store<T>(y + start + i * sizeof<T>(), <T>(xhat * at<T>(gamma + p) + at<T>(beta + p)));
    }
  }
}

/** dx of one group, through its own statistics; adds to dgamma and dbeta, which are float64. */
export function hardBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  first: usize,
  inner: usize,
  count: usize,
  centred: bool,
  epsilon: f64,
): void {
  hardStatistics<T>(x, runs, runStride, length, centred, epsilon);
  const n = <f64>(runs * length);
  let gradient: f64 = 0;
  let along: f64 = 0;
  for (let run: usize = 0; run < runs; run++) {
    const start = run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = ((first + run * length + i) / inner) % count;
      const xhat = (scaled<T>(x + start + i * sizeof<T>()) - centre) * factor;
      const d = at<T>(dy + start + i * sizeof<T>());
      store<f64>(dgamma + (p << 3), load<f64>(dgamma + (p << 3)) + d * xhat);
      store<f64>(dbeta + (p << 3), load<f64>(dbeta + (p << 3)) + d);
      const g = d * at<T>(gamma + p * sizeof<T>());
      gradient += g;
      along += g * xhat;
    }
  }
  gradient = centred ? gradient / n : 0;
  along /= n;
  for (let run: usize = 0; run < runs; run++) {
    const start = run * runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = ((first + run * length + i) / inner) % count;
      const xhat = (scaled<T>(x + start + i * sizeof<T>()) - centre) * factor;
      const g = at<T>(dy + start + i * sizeof<T>()) * at<T>(gamma + p * sizeof<T>());
      store<T>(dx + start + i * sizeof<T>(), <T>((g - gradient - xhat * along) * scaledInvStd));
    }
  }
}
