import { element } from './lanes';
import { Launch } from './launch';
import { invStd as givenInvStd, mean as givenMean, takeStatistics } from './statistics';

/**
 * The slow path: one element at a time in float64, and scaled by a power of two where even float64 would
 * overflow. It takes units that overflow, vanish, hold NaN or Inf, lie far from their pivot, or are constant
 * with epsilon 0.
 */

/**
 * Powers of two whose product brings the unit's elements into the range where squares are safe; both 1 for
 * float32.
 */
let scaleA: f64 = 1;
let scaleB: f64 = 1;
/** Of the scaled elements: x-hat = (x * scale - centre) * factor. */
let centre: f64 = 0;
let factor: f64 = 0;
/** 1 / sqrt(variance + epsilon) of the unit as it is, for dx. */
let ownInvStd: f64 = 0;

// @ts-expect-error: decorator
@inline
function scaled<T>(pointer: usize): f64 {
  return sizeof<T>() == 8 ? element<T>(pointer) * scaleA * scaleB : element<T>(pointer);
}

function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>((<u64>(exponent + 1023)) << 52);
}

function exponentOf(value: f64): i32 {
  return <i32>((reinterpret<u64>(value) >> 52) & 2047) - 1023;
}

/**
 * The square of a float64 number above 2^500 overflows; below 2^-400 those of many small differences lose
 * bits.
 */
function chooseScale<T>(launch: Launch, x: usize): void {
  if (sizeof<T>() != 8) return;
  scaleA = 1;
  scaleB = 1;
  let largest: f64 = 0;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = x + run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < launch.length; i++) {
      largest = max<f64>(largest, abs<f64>(element<T>(start + i * sizeof<T>())));
    }
  }
  if (!(largest > 0 && largest < f64.MAX_VALUE) || (largest > 1e-120 && largest < 1e150)) return;
  let exponent = exponentOf(largest);
  // Not so small a divisor that the scaled epsilon overflows: where epsilon outweighs every square, nothing
  // is lost.
  if (launch.epsilon > 0) exponent = max<i32>(exponent, (exponentOf(launch.epsilon) >> 1) - 400);
  const half = -exponent / 2;
  scaleA = powerOfTwo(half);
  scaleB = powerOfTwo(-exponent - half);
}

/** The unit's statistics, in two passes; the second also finds the rounding error of the mean. */
function computeStatistics<T>(launch: Launch, x: usize): void {
  chooseScale<T>(launch, x);
  const n = <f64>launch.n;
  const centred = launch.centred;
  const epsilon = launch.epsilon;
  // Differences from the first element: where all elements are equal they are 0, and so is every x-hat.
  const first = centred ? scaled<T>(x) : 0;
  let sum: f64 = 0;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = x + run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < launch.length; i++) sum += scaled<T>(start + i * sizeof<T>()) - first;
  }
  const mean = centred ? first + sum / n : 0;
  let differences: f64 = 0;
  let squares: f64 = 0;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = x + run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < launch.length; i++) {
      const d = scaled<T>(start + i * sizeof<T>()) - mean;
      differences += d;
      squares += d * d;
    }
  }
  const correction = centred ? differences / n : 0;
  const variance = max<f64>(squares / n - correction * correction, 0);
  const scaledEpsilon = sizeof<T>() == 8 ? epsilon * scaleA * scaleA * scaleB * scaleB : epsilon;
  const spread = variance + scaledEpsilon;
  // An infinite mean square means an Inf in a row of RMS Norm: NaN for the whole row, as where a mean is
  // taken off.
  const invStd = squares < Infinity ? 1 / sqrt<f64>(spread) : NaN;
  centre = mean + correction;
  factor = invStd == Infinity ? 0 : invStd;
  ownInvStd = invStd;
  if (sizeof<T>() == 8) {
    ownInvStd = invStd * scaleA * scaleB;
    takeStatistics(centre / scaleA / scaleB, variance / scaleA / scaleA / scaleB / scaleB, ownInvStd);
  } else {
    takeStatistics(centre, variance, invStd);
  }
}

/** Takes the given statistics, which are at hand, in the place of the unit's own. */
function useGiven<T>(): void {
  if (sizeof<T>() == 8) {
    scaleA = 1;
    scaleB = 1;
  }
  centre = givenMean;
  factor = givenInvStd;
  ownInvStd = givenInvStd;
}

/** y = gamma * xhat + beta for unit g; given statistics must be at hand (`takeGiven`). */
export function slowForward<T>(launch: Launch, g: usize): void {
  const offset = g * launch.groupStride * sizeof<T>();
  const x = launch.x + offset;
  const y = launch.out + offset;
  if (launch.given) useGiven<T>();
  else computeStatistics<T>(launch, x);
  const length = launch.length;
  const first = g * launch.n;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = (((first + run * length + i) / launch.perParameter) % launch.count) * sizeof<T>();
      const at = start + i * sizeof<T>();
      const xhat = (scaled<T>(x + at) - centre) * factor;
      store<T>(y + at, <T>(xhat * element<T>(launch.gamma + p) + element<T>(launch.beta + p)));
    }
  }
}

/** dx of unit g through its own statistics; adds to dgamma and dbeta. */
export function slowBackward<T>(launch: Launch, g: usize): void {
  const offset = g * launch.groupStride * sizeof<T>();
  const x = launch.x + offset;
  const dy = launch.dy + offset;
  const dx = launch.out + offset;
  computeStatistics<T>(launch, x);
  const length = launch.length;
  const first = g * launch.n;
  const n = <f64>launch.n;
  let sumG: f64 = 0;
  let dotGXhat: f64 = 0;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = ((first + run * length + i) / launch.perParameter) % launch.count;
      const at = start + i * sizeof<T>();
      const xhat = (scaled<T>(x + at) - centre) * factor;
      const d = element<T>(dy + at);
      const dgamma = launch.dgamma + (p << 3);
      const dbeta = launch.dbeta + (p << 3);
      store<f64>(dgamma, load<f64>(dgamma) + d * xhat);
      store<f64>(dbeta, load<f64>(dbeta) + d);
      const gradient = d * element<T>(launch.gamma + p * sizeof<T>());
      sumG += gradient;
      dotGXhat += gradient * xhat;
    }
  }
  const meanG = launch.centred ? sumG / n : 0;
  const meanGXhat = dotGXhat / n;
  for (let run: usize = 0; run < launch.runs; run++) {
    const start = run * launch.runStride * sizeof<T>();
    for (let i: usize = 0; i < length; i++) {
      const p = ((first + run * length + i) / launch.perParameter) % launch.count;
      const at = start + i * sizeof<T>();
      const xhat = (scaled<T>(x + at) - centre) * factor;
      const gradient = element<T>(dy + at) * element<T>(launch.gamma + p * sizeof<T>());
      store<T>(dx + at, <T>((gradient - meanG - xhat * meanGXhat) * ownInvStd));
    }
  }
}
