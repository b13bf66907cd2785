import type { DType } from '@normlayers/core';
import type { Condition } from './condition/condition';
import { UNIT_ROUNDOFF, ulpReader } from './number-format';

/**
 * The bounds by which this suite judges: the only ones. All are made of an output's condition (`condition/`):
 *
 *     accurate  16 u natural + u32 sqrt(n) / 2 natural + 8 u32 through + ulp(result)
 *     strict    16 u natural + one ulp of the largest result that shares its statistics
 *     ordinary  16 u natural + u32 s natural + u32 (s + 16) through + ulp(result),  s = min(n, 6 sqrt(n))
 *
 * where float32 and float64 make `ordinary` u (s + 16) c + ulp with c = natural + through. For y that is
 * c = abs(gamma xhat) + abs(beta) + kappa abs(gamma), kappa = mean(abs(x)) invStd.
 *
 * - u: the unit roundoff of the output's type, 2^-24 for float32, 2^-11 for float16, 2^-53 for float64. u32: that of
 *   the arithmetic, which is float32 where float16 is stored ("stored as float16, computed in float32 or better"). So a
 *   float16 result may lose what rounding it loses, and nothing more for being a long or a far-off row.
 * - n: how many elements were summed, 0 where statistics are given.
 * - ulp(result): the gap between the type's numbers at the result, so that a denormal result (float32 below 2^-126,
 *   float16 below 2^-14) is not asked for more than the type can hold.
 *
 * `ordinary` is what a sound program gives that sums one number after the other, in two passes:
 *
 * - A sum of n terms is off by gamma_n = n u / (1 - n u) times the sum of their absolute values at most (Higham 2002,
 *   "Accuracy and Stability of Numerical Algorithms", section 4.2, equation 4.4): the n of s, for certain. 16 more
 *   roundings are on the way to a result (section 3.1).
 * - Roundings that are independent, of mean 0, give lambda sqrt(n) u in the place of n u, for one product of n factors
 *   (1 + delta) with probability 1 - 2 exp(-lambda^2 / 2) (Higham and Mary 2019, "A New Approach to Probabilistic
 *   Rounding Error Analysis", theorem 2.4). Their theorem 3.1 for a whole sum asks it of n products at once, and so
 *   promises 1 - 2 n exp(-lambda^2 / 2): with lambda = 6, 2e-4 short of certain at n = 4096. The error of one sum alone
 *   is a martingale, whose bound has no such n: 3e-8 (Ipsen and Zhou 2020, "Probabilistic Error Analysis for Inner
 *   Products"). Sums of equal terms round one way for long stretches: for groups of one and the same number s is n. (So do
 *   sums of nearly equal ones: 4096 numbers at an offset of 10^6 take 1.3 of this bound.)
 * - The mean comes out of such a sum: it is off by u (s + 1) mean(abs(x)), so x-hat by u (s + 1) kappa. This c is how
 *   far rounding carries in two passes over x as it is given. It is not the componentwise condition number, the change
 *   of y where each x_j changes by a relative 1, which also has abs(gamma xhat) kappa, for the variance: two passes need
 *   none of that (Chan, Golub and LeVeque 1983, table 1: n u + (n u kappa)^2). Their bound for Welford's updates is
 *   n u kappa; measured, these stay within c all the same.
 * - The mean's share has an end (`throughMeanMost`): where its error drowns the spread of the group, x-hat is off by at
 *   most 1 + abs(xhat). The linear term alone would let anything pass for numbers that are nearly or quite constant.
 * - Left out: the second order, (s u kappa)^2 / 2 abs(gamma xhat), which at s u kappa = 0.2 is a tenth of the first for
 *   an x-hat of 1. Where it matters no three digits are left, and `grade.ts` asks for digits.
 *
 * E[x^2] - E[x]^2 loses u kappa^2 and leaves the bound from kappa = 10 on.
 *
 * `accurate` is what kernels give that sum in blocks, in pairs, with compensation or in a wider type, and centre twice
 * or sum differences from a value near the mean: no sqrt(n) and no kappa but a few roundings' worth, 8 of them for the
 * mean. (Measured over all cases: a float32 implementation that centres twice uses at most 0.84 of it; with abs(mean) in
 * the place of mean(abs(x)) it would use 1.49, on an element next to the mean of nine.)
 *
 * RMS Norm takes no mean off: its kappa is 0. A row that holds one and the same number has no x-hat to be off: its y is
 * exactly beta, rounded to the type.
 */
export interface Bounds {
  /** Up to here a result is accurate; `budgetUsed` counts in this. */
  readonly budget: Float64Array;
  readonly strict: Float64Array;
  /** Up to here a result is ordinary. */
  readonly ordinary: Float64Array;
}

/** Roundings on the way to a result, apart from those of sums. */
export const ROUNDINGS = 16;
/** Roundings that an accurate mean is off by. */
const MEAN_ROUNDINGS = 8;
/** Higham and Mary's lambda. */
const LAMBDA = 6;

/** The roundoff of the arithmetic behind a type. */
export function arithmeticRoundoff(dtype: DType): number {
  return UNIT_ROUNDOFF[dtype === 'float16' ? 'float32' : dtype];
}

/** How many roundings a plain sum of n numbers stands for. */
export function summationRoundings(n: number): number {
  return Math.min(n, LAMBDA * Math.sqrt(n));
}

/**
 * The bounds of each element of an output.
 *
 * @param truth the float64 results.
 */
export function boundsOf(truth: Float64Array, condition: Condition): Bounds {
  const { dtype, natural, throughMean, throughVaryingMean, throughMeanSquared, n } = condition;
  const { throughMeanMost, exact, scale, strictByScale = false } = condition;
  const throughMost = throughVaryingMean ?? throughMean;
  const u = UNIT_ROUNDOFF[dtype];
  const u32 = arithmeticRoundoff(dtype);
  const accurateNatural = ROUNDINGS * u + u32 * (Math.sqrt(n) / 2);
  const accurateMean = MEAN_ROUNDINGS * u32;
  const ordinaryNatural = ROUNDINGS * u + u32 * summationRoundings(n);
  const ordinaryMean = u32 * (summationRoundings(n) + ROUNDINGS);
  // The limit holds for exact arithmetic; a few roundings are on the way here, too.
  const mostFactor = 1 + ordinaryMean;
  const ulpOfTruth = ulpReader(dtype);
  const ulpOfScale = ulpReader(dtype);
  const ordinary = new Float64Array(truth.length);
  const budget = new Float64Array(truth.length);
  const strict = new Float64Array(truth.length);
  for (let i = 0; i < truth.length; i++) {
    const ulp = ulpOfTruth(truth[i]);
    let byMean = ordinaryMean * throughMean[i];
    let byVaryingMean = accurateMean * throughMost[i];
    if (throughMeanSquared !== undefined) {
      byMean += ordinaryMean ** 2 * throughMeanSquared[i];
      byVaryingMean += accurateMean ** 2 * throughMeanSquared[i];
    }
    if (throughMeanMost !== undefined) byMean = Math.min(byMean, mostFactor * throughMeanMost[i]);
    ordinary[i] = ordinaryNatural * natural[i] + byMean + ulp;
    if (exact !== undefined && exact[i] === 1) {
      budget[i] = strict[i] = ulp / 2;
      continue;
    }
    budget[i] = accurateNatural * natural[i] + byVaryingMean + ulp;
    strict[i] = ROUNDINGS * u * natural[i] + (strictByScale ? ulpOfScale(scale[i]) : ulp);
  }
  return { budget, strict, ordinary };
}
