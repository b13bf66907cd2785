import type { DType } from '@normlayers/core';
import { UNIT_ROUNDOFF, ulpOf } from './number-format';

/**
 * The tolerance rule: the only one by which this suite judges. An output may be off from the float64 truth by
 *
 *     budget = 16 * u * natural + u32 * sqrt(n) / 2 * natural + through + ulp(result)
 *     strict = 16 * u * natural + one ulp of the largest result that shares its statistics
 *
 * - u: the unit roundoff of the output's type, 2^-24 for float32, 2^-11 for float16, 2^-53 for float64. u32: that of
 *   the arithmetic, which is float32 where float16 is stored ("stored as float16, computed in float32 or better"). So a
 *   float16 result may lose what rounding it loses, and nothing more for being a long or a far-off row.
 * - natural: the sum of the absolute values of the terms that make the output, so that 16 roundings on the way are
 *   paid for also where the terms cancel (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1).
 * - n: how many elements were summed, 0 where statistics are given. Rounding errors of a sum grow as sqrt(n) when they
 *   are independent (Higham and Mary 2019, "A New Approach to Probabilistic Rounding Error Analysis").
 * - through: what reaches the output through x-hat, whose mean cannot be known better than the values themselves:
 *   x-hat may be off by shift = 8 * u32 * kappa. kappa = mean(abs(x)) * invStd is the mean's condition number: for rows
 *   far from 0 it is abs(mean) * invStd; for rows about 0, where abs(mean) * invStd vanishes, it still allows the
 *   rounding that any float32 mean has (measured over all cases: a float32 implementation that centres twice uses at
 *   most 0.84 of this budget; with abs(mean) it would use 1.49, on an element next to the mean of nine). RMS Norm takes
 *   no mean off: 0.
 * - ulp(result): the gap between the type's numbers at the result, so that a denormal result (float32 below 2^-126,
 *   float16 below 2^-14) is not asked for more than the type can hold.
 *
 * E[x^2] - E[x]^2 in float32 does not pass: its error grows with kappa^2. A row that holds one and the same number has
 * no x-hat to be off: its y is exactly beta, rounded to the type.
 */
export interface Allowance {
  /** The output's type. */
  readonly dtype: DType;
  readonly natural: Float64Array;
  readonly through: Float64Array;
  readonly n: number;
  /** Where 1, only the truth's own rounding will do. */
  readonly exact?: Uint8Array;
  /** For each element the largest result that shares its statistics; default: the result itself. */
  readonly largest?: Float64Array;
}

/** How far off an output's elements may be. */
export interface Tolerance {
  readonly budget: Float64Array;
  readonly strict: Float64Array;
}

/** The roundoff of the arithmetic behind a type. */
export function arithmeticRoundoff(dtype: DType): number {
  return UNIT_ROUNDOFF[dtype === 'float16' ? 'float32' : dtype];
}

/**
 * How far off each element of an output may be from its truth.
 *
 * @param truth the float64 results.
 */
export function toleranceOf(truth: Float64Array, allowance: Allowance): Tolerance {
  const { dtype, natural, through, n, exact, largest } = allowance;
  const u = UNIT_ROUNDOFF[dtype];
  const perNatural = 16 * u + arithmeticRoundoff(dtype) * (Math.sqrt(n) / 2);
  const budget = new Float64Array(truth.length);
  const strict = new Float64Array(truth.length);
  for (let i = 0; i < truth.length; i++) {
    const ulp = ulpOf(truth[i], dtype);
    if (exact?.[i] === 1) {
      budget[i] = strict[i] = ulp / 2;
      continue;
    }
    budget[i] = perNatural * natural[i] + through[i] + ulp;
    strict[i] = 16 * u * natural[i] + (largest === undefined ? ulp : ulpOf(largest[i], dtype));
  }
  return { budget, strict };
}

/**
 * How far x-hat may be off through its mean: 8 * u32 * kappa, where a mean among denormals cannot be rounded better
 * than to half their spacing (2^-150 in float32).
 *
 * @param meanAbs mean(abs(x)) of the group, or abs(mean) where the mean is given.
 * @param dtype the type of x.
 */
export function shiftOf(meanAbs: number, invStd: number, dtype: DType): number {
  const halfDenormal = dtype === 'float64' ? Number.MIN_VALUE : 2 ** -150;
  return 8 * Math.max(arithmeticRoundoff(dtype) * meanAbs, halfDenormal) * invStd;
}
