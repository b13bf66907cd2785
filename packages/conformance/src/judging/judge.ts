import type { NormResult, OutputName, Tensor } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import type { OutsideExpectation } from '../cases/conformance-case';
import { plainNumber, type ResultFault } from './faults';
import { digitsOf, type Grade, gradeOf, heldDigits, isAtLeast, rightDigits, worstGrade } from './grade';
import { largestOf, ulpOf } from './number-format';
import { outsideFault } from './outside-rule';
import type { OutputTruth, Truth } from './truth';

/** How an output compares with its truth. */
export interface OutputJudgement {
  readonly output: OutputName;
  /** Of its worst element. */
  readonly grade: Grade;
  /** Digits right: -log10 of the largest error over the largest result of its group, from 0 to what the type holds. */
  readonly digits: number;
  /** Digits that the data hold where `digits` was found. */
  readonly heldDigits: number;
  /** The largest error over its budget: accurate up to 1. Infinity where NaN or Inf stands in the wrong place. */
  readonly budgetUsed: number;
  /** The largest error over what is ordinary. */
  readonly ordinaryUsed: number;
  readonly strict: boolean;
  /** The largest error in ulps of the truth. */
  readonly ulp: number;
  readonly maxAbsError: number;
  /** Where `budgetUsed` was found. */
  readonly worst: WorstElement;
}

export interface WorstElement {
  readonly index: number;
  readonly got: number;
  readonly expected: number;
  readonly allowed: number;
}

/** All outputs of a call judged. */
export interface Judgement {
  /** The worst of its outputs. */
  readonly grade: Grade;
  readonly outputs: readonly OutputJudgement[];
  /** Why the grade is not accurate; empty where it is. `faultText` makes a sentence of each. */
  readonly faults: readonly ResultFault[];
}

/**
 * Judges results by our rule and, where others expect something, by theirs: a result that misses the tolerance of a
 * vector is imprecise at best, and wrong where the float64 truth misses it too.
 *
 * @example
 * ```ts
 * import { judge, truthOfCall } from '@normlayers/conformance';
 * import { tensor } from '@normlayers/core';
 *
 * const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 } as const;
 * const { grade, outputs } = judge({ y: tensor([-1, 1.0001], [1, 2]) }, truthOfCall(call));
 * assert.equal(grade, 'imprecise');
 * assert.equal(outputs[0]?.digits.toFixed(1), '4.0');
 * ```
 */
export function judge(
  results: NormResult,
  truth: Truth,
  expected: Readonly<Partial<Record<OutputName, OutsideExpectation>>> = {},
): Judgement {
  const faults: ResultFault[] = unexpectedOutputs(results, truth);
  const outputs: OutputJudgement[] = [];
  const grades: Grade[] = faults.length > 0 ? ['wrong'] : [];
  for (const [key, output] of Object.entries(truth)) {
    const name = key as OutputName;
    const got = results[name];
    const fault = formFault(name, got, output);
    if (fault !== null) {
      faults.push(fault);
      grades.push('wrong');
      continue;
    }
    const numbers = widened((got as Tensor).data);
    const judged = judgeOutput(name, numbers, output);
    outputs.push(judged);
    grades.push(judged.grade);
    if (!isAtLeast(judged.grade, 'accurate')) faults.push(worstFault(judged, output));
    const outside = expected[name];
    const missed = outside === undefined ? null : outsideFault(name, numbers, outside, output);
    if (missed === null) continue;
    faults.push(missed);
    grades.push(missed.truthAgrees ? 'imprecise' : 'wrong');
  }
  return { grade: worstGrade(grades), outputs, faults };
}

function unexpectedOutputs(results: NormResult, truth: Truth): ResultFault[] {
  return Object.keys(results)
    .filter((name) => results[name as OutputName] !== undefined && !(name in truth))
    .map((name) => ({ kind: 'unexpected', output: name as OutputName }));
}

function formFault(
  output: OutputName,
  got: Tensor | undefined,
  { dtype, shape }: OutputTruth,
): ResultFault | null {
  if (got === undefined) return { kind: 'missing', output };
  if (got.dtype !== dtype) return { kind: 'dtype', output, got: got.dtype, expected: dtype };
  if (got.shape.length !== shape.length || got.shape.some((size, axis) => size !== shape[axis])) {
    return { kind: 'shape', output, got: got.shape, expected: shape };
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (got.data.length !== size) return { kind: 'length', output, got: got.data.length, expected: size };
  return null;
}

function judgeOutput(output: OutputName, got: Float64Array, truth: OutputTruth): OutputJudgement {
  const { values, budget, strict, ordinary, condition, scale, unjudged, dtype } = truth;
  let grade: Grade = 'accurate';
  let budgetUsed = 0;
  let ordinaryUsed = 0;
  let isStrict = true;
  let ulp = 0;
  let maxAbsError = 0;
  let worst = -1;
  let share = 0;
  let held = digitsOf(dtype);
  for (let i = 0; i < values.length; i++) {
    if (unjudged[i] === 1) continue;
    if (poisonedAlike(output, got[i], values[i])) continue;
    const error = errorOf(got[i], values[i], budget[i], dtype);
    if (error === 0) continue;
    // Where the truth is NaN its budget is too.
    const used = error === Infinity ? Infinity : error / budget[i];
    if (used > budgetUsed || worst === -1) {
      budgetUsed = used;
      worst = i;
    }
    if (used > 1 || error > scale[i] / 10) {
      const element = { dtype, error, budget: budget[i], ordinary: ordinary[i], scale: scale[i] };
      grade = worstGrade([grade, gradeOf({ ...element, condition: condition[i] })]);
    }
    const shareHere = error === Infinity ? Infinity : error / scale[i];
    if (shareHere > share) {
      share = shareHere;
      held = heldDigits(condition[i], scale[i], dtype);
    }
    ordinaryUsed = Math.max(ordinaryUsed, error / ordinary[i]);
    isStrict &&= error <= strict[i];
    ulp = Math.max(ulp, error / ulpOf(values[i], dtype));
    maxAbsError = Math.max(maxAbsError, error);
  }
  const index = Math.max(worst, 0);
  return {
    output,
    grade,
    digits: share === 0 ? digitsOf(dtype) : rightDigits(share, dtype),
    heldDigits: held,
    budgetUsed,
    ordinaryUsed,
    strict: isStrict,
    ulp,
    maxAbsError,
    worst: { index, got: got[index], expected: values[index], allowed: budget[index] },
  };
}

const STATISTICS: readonly string[] = ['mean', 'invStd', 'invRms', 'runningMean', 'runningVar'];

/**
 * Whether a statistic of a group with NaN or Inf is what some formula gives. The truth has NaN for all of them; by
 * formula the mean of a group with an Inf is that Inf, and what is divided by its spread is 0.
 */
function poisonedAlike(output: OutputName, got: number, truth: number): boolean {
  if (!Number.isNaN(truth) || !STATISTICS.includes(output)) return false;
  return !Number.isFinite(got) || (output.startsWith('inv') && got === 0);
}

/** Abs(got - truth). NaN must be NaN and Inf must be Inf; what may round beyond the type's range may be Inf. */
function errorOf(got: number, truth: number, budget: number, dtype: OutputTruth['dtype']): number {
  if (got === truth || (Number.isNaN(got) && Number.isNaN(truth))) return 0;
  if (Number.isFinite(got) && Number.isFinite(truth)) return Math.abs(got - truth);
  const overflows = Number.isFinite(truth) && Math.abs(truth) + budget > largestOf(dtype);
  return overflows && got === Math.sign(truth) * Infinity ? 0 : Infinity;
}

function worstFault(judged: OutputJudgement, { shape, ordinary }: OutputTruth): ResultFault {
  const { output, worst, grade, digits, heldDigits: held, maxAbsError, budgetUsed } = judged;
  const { index } = worst;
  const place = {
    output,
    shape,
    index,
    got: plainNumber(worst.got),
    expected: plainNumber(worst.expected),
    allowed: plainNumber(worst.allowed),
  };
  if (!Number.isFinite(budgetUsed)) return { kind: 'misplaced', ...place };
  return {
    kind: 'off',
    ...place,
    grade,
    ordinary: plainNumber(ordinary[index]),
    digits,
    heldDigits: held,
    largestError: plainNumber(maxAbsError),
  };
}
