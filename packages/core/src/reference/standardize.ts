import { type CentredSums, type Centring, centredSums, dot, scale, subtractMeans, sum } from './loops';

/** The statistics of one group of values. */
export interface Statistics {
  readonly mean: number;
  /** Over n; the mean square where nothing is centred. */
  readonly variance: number;
  /** 1 / sqrt(variance + epsilon). */
  readonly invStd: number;
}

/** The statistics of many groups, each in an array of its own. */
export class GroupStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly invStd: Float64Array;

  constructor(groups: number) {
    this.mean = new Float64Array(groups);
    this.variance = new Float64Array(groups);
    this.invStd = new Float64Array(groups);
  }

  set(group: number, { mean, variance, invStd }: Statistics): void {
    this.mean[group] = mean;
    this.variance[group] = variance;
    this.invStd[group] = invStd;
  }
}

export interface Standardize {
  readonly epsilon: number;
  /** False for RMS Norm, which divides by the root mean square and takes no mean off. */
  readonly centred: boolean;
  /** Whether squares can overflow or underflow a float64: only of float64 input. */
  readonly wideRange: boolean;
}

/** Squares of values between these stay well inside float64's normal range, and so do sums of 2^20 of them. */
const LARGEST_SAFE = 2 ** 500;
const SMALLEST_SAFE = 2 ** -400;

/** How a group's values are brought to mean 0 and variance 1; factor is invStd, or 0 where all values are the same. */
export interface Centred extends Statistics, Centring {}

/**
 * The mean and variance of a group's values, in two passes (Ioffe and Szegedy 2015, algorithm 1; Ba, Kiros and Hinton 2016,
 * equation 3; for RMS Norm, which takes no mean off, Zhang and Sennrich 2019, equation 4). Float64 values whose squares would
 * overflow or vanish are brought to another scale, in place.
 */
export function centreGroup(values: Float64Array, { centred, epsilon, wideRange }: Standardize): Centred {
  if (wideRange && centred && isConstant(values)) {
    const [mean] = values;
    return { mean, variance: 0, invStd: 1 / Math.sqrt(epsilon), pivot: mean, correction: 0, factor: 0 };
  }
  const exponent = wideRange ? safeExponent(values, epsilon) : 0;
  if (exponent !== 0) scaleBy(values, -exponent);
  const n = values.length;
  const mean = centred ? sum(values, 0, n) / n : 0;
  return settle(mean, centredSums(values, 0, n, mean), n, centred, epsilon, exponent);
}

/**
 * The statistics of n values, divided by 2^exponent, from sums of their differences from a pivot. The pivot is the mean as
 * computed, and rounding may have left it a little off. The differences' own mean corrects it, in the variance and in x-hat
 * (Chan, Golub and LeVeque 1983, equation 1.7: the corrected two-pass algorithm).
 */
export function settle(
  pivot: number,
  sums: CentredSums,
  n: number,
  centred: boolean,
  epsilon: number,
  exponent: number,
): Centred {
  const correction = centred ? sums.sum / n : 0;
  const variance = Math.max(sums.squares / n - correction * correction, 0);
  const scaledEpsilon = timesPowerOfTwo(epsilon, -2 * exponent);
  // An infinite mean square is an Inf in a row of RMS Norm: NaN for the whole row, as when a mean is taken off.
  const invStd = variance === Infinity ? NaN : 1 / Math.sqrt(variance + scaledEpsilon);
  return {
    mean: timesPowerOfTwo(pivot + correction, exponent),
    variance: timesPowerOfTwo(variance, 2 * exponent),
    invStd: timesPowerOfTwo(invStd, -exponent),
    pivot,
    correction,
    factor: invStd === Infinity ? 0 : invStd,
  };
}

/** Replaces a group's values by x-hat = (x - mean) / sqrt(variance + epsilon), in place. */
export function standardize(values: Float64Array, options: Standardize): Statistics {
  const statistics = centreGroup(values, options);
  scale(values, statistics.pivot, statistics.factor, statistics.correction);
  return statistics;
}

/**
 * The gradient with respect to a group's input, written over `dxhat`:
 * dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), without mean(dxhat) for RMS Norm
 * (Ioffe and Szegedy 2015, section 3, simplified).
 */
export function backpropagate(
  xhat: Float64Array,
  dxhat: Float64Array,
  invStd: number,
  centred: boolean,
): void {
  const n = xhat.length;
  const meanProduct = dot(dxhat, xhat) / n;
  const meanGradient = centred ? sum(dxhat, 0, n) / n : 0;
  subtractMeans(dxhat, xhat, meanProduct, meanGradient, invStd);
}

/**
 * Whether all values are one finite number. Its mean may not be exact in float64 (it always is for the narrower
 * types), and x-hat must be exactly 0 all the same.
 */
function isConstant(values: Float64Array): boolean {
  const first = values[0];
  return Number.isFinite(first) && values.every((value) => value === first);
}

/** The power of two to divide by so that no square overflows or vanishes: 0 on ordinary data. */
function safeExponent(values: Float64Array, epsilon: number): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (!(largest > 0 && largest < Infinity) || (largest >= SMALLEST_SAFE && largest <= LARGEST_SAFE)) return 0;
  // Not so far down that a scaled epsilon would overflow: where it outweighs every square, precision is safe anyway.
  const lowest = epsilon === 0 ? -1074 : Math.floor(Math.log2(epsilon) / 2) - 400;
  return Math.max(Math.floor(Math.log2(largest)), lowest);
}

function scaleBy(values: Float64Array, exponent: number): void {
  for (let i = 0; i < values.length; i++) values[i] = timesPowerOfTwo(values[i], exponent);
}

/** value * 2^exponent, in two steps because 2^exponent itself may be out of range. */
function timesPowerOfTwo(value: number, exponent: number): number {
  if (exponent === 0 || value === 0) return value;
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
