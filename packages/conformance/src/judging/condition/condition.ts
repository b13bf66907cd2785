import type { DType } from '@normlayers/core';

/**
 * How much an output's elements can be changed by rounding, to first order: what every bound is made of. `natural` and
 * `throughMean` are multiplied by a number of roundoffs that depends on how a program sums (`bounds.ts`).
 */
export interface Condition {
  /** The output's type. */
  readonly dtype: DType;
  /** How many elements the longest sum behind an output has; 0 where the statistics are given. */
  readonly n: number;
  /** The sum of the absolute values of the terms that make the output. */
  readonly natural: Float64Array;
  /** What changes where the mean is off by mean(abs(x)): its relative error of 1. */
  readonly throughMean: Float64Array;
  /** As `throughMean`, of the second order; default: 0. */
  readonly throughMeanSquared?: Float64Array;
  /**
   * The most that changes where the mean's error drowns the group's spread. Two passes then divide by that error itself:
   * x-hat is off by at most 1 + abs(xhat), invStd is somewhere between 0 and itself. Default: no limit.
   */
  readonly throughMeanMost?: Float64Array;
  /**
   * As `throughMean`, but without the groups that hold one and the same number throughout, whose mean is that number.
   * Default: there is no such group.
   */
  readonly throughVaryingMean?: Float64Array;
  /** Where 1, the truth is the output's beta, and an accurate result is that, rounded once. */
  readonly exact?: Uint8Array;
  /** What digits are counted from: the largest result of the element's group (`conditions.ts` says which group). */
  readonly scale: Float64Array;
  /** Whether the strict budget allows an ulp of `scale`; otherwise of the result itself. */
  readonly strictByScale?: boolean;
}
