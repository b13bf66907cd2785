import type { DType } from '@normlayers/core';
import { smallestOf, UNIT_ROUNDOFF } from './number-format';

/**
 * How good a result is, the best first:
 *
 * - accurate: within the budget (`bounds.ts`), required of adapters of kind `ours`;
 * - ordinary: within what a sound program gives that sums one number after the other, required by default of others;
 * - imprecise: beyond that, but with enough digits right;
 * - wrong: fewer; NaN or Inf in the wrong place; a wrong shape or type; a call that throws.
 */
export const GRADES = ['accurate', 'ordinary', 'imprecise', 'wrong'] as const;

export type Grade = (typeof GRADES)[number];

/** Whether a grade is as good as another, or better. */
export function isAtLeast(grade: Grade, least: Grade): boolean {
  return GRADES.indexOf(grade) <= GRADES.indexOf(least);
}

/** The worst of some grades; accurate where there are none. */
export function worstGrade(grades: Iterable<Grade>): Grade {
  let worst: Grade = 'accurate';
  for (const grade of grades) if (!isAtLeast(grade, worst)) worst = grade;
  return worst;
}

/**
 * Digits that must be right for a result to be of use, in decimals of the largest result of its group. For float32 and
 * float64 3: where ONNX's (rtol 1e-3), WebNN's (Layer Norm: 1/1024) and TensorFlow.js's own tests (1e-3) draw the line.
 * For float16, whose numbers hold 3.3, 2: WebNN allows its Layer Norm 1/512, TensorFlow.js 1e-1.
 */
export const USABLE_DIGITS: Readonly<Record<DType, number>> = { float64: 3, float32: 3, float16: 2 };

/** How many digits an ordinary result may lose of those that the data hold, where fewer than the usable ones are left. */
const LOSS = 2;
/** How many any result may lose where not one digit is right and the data hold one. */
const LOSS_OF_THE_LAST = 0.5;

/** What one element is graded by. */
export interface GradedElement {
  readonly dtype: DType;
  readonly error: number;
  readonly budget: number;
  readonly ordinary: number;
  /** The largest result of its group. */
  readonly scale: number;
  /** How far one rounding of each input carries, in roundoffs. */
  readonly condition: number;
}

/**
 * The grade of an element.
 *
 * The bounds alone would let nearly anything pass where the data are so far from 0 that they exceed the results: at an
 * offset of 10^6 a float32 mean is off by a tenth of the standard deviation. So an ordinary result has the usable digits,
 * or has lost at most 2 of those that the data hold. And a result of which no digit is right is wrong, however far the
 * bounds go, unless the data hold none either: what one rounding of each input leaves exceeds a tenth of the result.
 */
export function gradeOf(element: GradedElement): Grade {
  const { dtype, error, budget, ordinary, scale, condition } = element;
  if (!Number.isFinite(error)) return 'wrong';
  const digits = -Math.log10(error / scale);
  const held = -Math.log10(leftByRounding(condition, dtype) / scale);
  if (digits < 1 && held >= 1 && held - digits > LOSS_OF_THE_LAST) return 'wrong';
  if (error <= budget) return 'accurate';
  const usable = digits >= USABLE_DIGITS[dtype];
  if (error <= ordinary && (usable || held < 1 || held - digits <= LOSS)) return 'ordinary';
  return usable ? 'imprecise' : 'wrong';
}

/** How many digits a type's numbers hold: 7.2 for float32, 16 for float64, 3.3 for float16. */
export function digitsOf(dtype: DType): number {
  return -Math.log10(UNIT_ROUNDOFF[dtype]);
}

/**
 * How many digits are right: -log10(error / scale), from 0 to what the type holds.
 *
 * @param share the largest of error / scale in an output.
 */
export function rightDigits(share: number, dtype: DType): number {
  if (Number.isNaN(share)) return 0;
  return Math.min(Math.max(-Math.log10(share), 0), digitsOf(dtype));
}

/** How many digits the data hold: what one rounding of each number of x would leave. */
export function heldDigits(condition: number, scale: number, dtype: DType): number {
  return rightDigits(leftByRounding(condition, dtype) / scale, dtype);
}

/** Among denormals one rounding leaves half their spacing at least. */
function leftByRounding(condition: number, dtype: DType): number {
  return Math.max(UNIT_ROUNDOFF[dtype] * condition, smallestOf(dtype) / 2);
}
