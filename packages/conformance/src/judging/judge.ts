import { type NormResult, type OutputName, type Tensor, widened } from '@normlayers/core';
import type { OutsideExpectation, OutsideTolerance } from '../cases/conformance-case';
import { largestOf, roundedTo, ulpDistance, ulpOf } from './number-format';
import type { OutputTruth, Truth } from './truth';

/** How an output compares with its truth. */
export interface OutputJudgement {
  readonly output: OutputName;
  /** The largest error over its budget: it passes up to 1. Infinity where NaN or Inf stands in the wrong place. */
  readonly budgetUsed: number;
  readonly strict: boolean;
  /** The largest error in ulps of the truth. */
  readonly ulp: number;
  readonly maxAbsError: number;
  /** Where `budgetUsed` was found. */
  readonly worst: Place;
}

interface Place {
  readonly index: number;
  readonly got: number;
  readonly expected: number;
  readonly allowed: number;
}

/** All outputs of a call judged, or why they could not be. */
export interface Judgement {
  readonly outputs: readonly OutputJudgement[];
  /** What is wrong, in a sentence each; empty where the call passes. */
  readonly faults: readonly string[];
}

/** Judges results by our rule and, where others expect something, by theirs. */
export function judge(
  results: NormResult,
  truth: Truth,
  expected: Readonly<Partial<Record<OutputName, OutsideExpectation>>> = {},
): Judgement {
  const faults = strangers(results, truth);
  const outputs: OutputJudgement[] = [];
  for (const [key, output] of Object.entries(truth)) {
    const name = key as OutputName;
    const got = results[name];
    const fault = got === undefined ? `${name} is missing` : formFault(name, got, output);
    if (fault !== null) {
      faults.push(fault);
      continue;
    }
    const numbers = widened((got as Tensor).data);
    const judged = judgeOutput(name, numbers, output);
    outputs.push(judged);
    if (!(judged.budgetUsed <= 1)) faults.push(describeWorst(judged, output));
    const outside = expected[name];
    if (outside !== undefined) faults.push(...outsideFaults(name, numbers, outside, output));
  }
  return { outputs, faults };
}

function strangers(results: NormResult, truth: Truth): string[] {
  return Object.keys(results)
    .filter((name) => results[name as OutputName] !== undefined && !(name in truth))
    .map((name) => `${name} was returned, which this call does not give`);
}

function formFault(name: OutputName, got: Tensor, { dtype, shape }: OutputTruth): string | null {
  if (got.dtype !== dtype) return `${name} is ${got.dtype}; expected ${dtype}`;
  if (got.shape.length !== shape.length || got.shape.some((size, axis) => size !== shape[axis])) {
    return `${name} has shape [${got.shape}]; expected [${shape}]`;
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (got.data.length !== size) return `${name} has ${got.data.length} elements; its shape needs ${size}`;
  return null;
}

function judgeOutput(output: OutputName, got: Float64Array, truth: OutputTruth): OutputJudgement {
  const { values, budget, strict, unjudged, dtype } = truth;
  let budgetUsed = 0;
  let isStrict = true;
  let ulp = 0;
  let maxAbsError = 0;
  let worst = -1;
  for (let i = 0; i < values.length; i++) {
    if (unjudged[i] === 1) continue;
    const error = errorOf(got[i], values[i], budget[i], dtype);
    if (error === 0) continue;
    const used = error / budget[i];
    if (!(used <= budgetUsed) || worst === -1) {
      budgetUsed = used;
      worst = i;
    }
    isStrict &&= error <= strict[i];
    ulp = Math.max(ulp, error / ulpOf(values[i], dtype));
    maxAbsError = Math.max(maxAbsError, error);
  }
  const index = Math.max(worst, 0);
  return {
    output,
    budgetUsed,
    strict: isStrict,
    ulp,
    maxAbsError,
    worst: { index, got: got[index], expected: values[index], allowed: budget[index] },
  };
}

/** abs(got - truth). NaN must be NaN and Inf must be Inf; what may round beyond the type's range may be Inf. */
function errorOf(got: number, truth: number, budget: number, dtype: OutputTruth['dtype']): number {
  if (got === truth || (Number.isNaN(got) && Number.isNaN(truth))) return 0;
  if (Number.isFinite(got) && Number.isFinite(truth)) return Math.abs(got - truth);
  const overflows = Number.isFinite(truth) && Math.abs(truth) + budget > largestOf(dtype);
  return overflows && got === Math.sign(truth) * Infinity ? 0 : Infinity;
}

function describeWorst(
  { output, worst, maxAbsError, budgetUsed }: OutputJudgement,
  { shape }: OutputTruth,
): string {
  const times = Number.isFinite(budgetUsed)
    ? `${short(budgetUsed)} times its budget of ${short(worst.allowed)}`
    : '';
  const error = times === '' ? '' : `, off by ${short(Math.abs(worst.got - worst.expected))}, ${times}`;
  const elsewhere =
    Number.isFinite(maxAbsError) && maxAbsError > Math.abs(worst.got - worst.expected)
      ? `; largest error ${short(maxAbsError)}`
      : '';
  return `${output}${place(worst.index, shape)} is ${short(worst.got)}, expected ${short(worst.expected)}${error}${elsewhere}`;
}

function outsideFaults(
  name: OutputName,
  got: Float64Array,
  { values, tolerance }: OutsideExpectation,
  { shape }: OutputTruth,
): string[] {
  const comparable = tolerance.kind === 'ulp' ? roundedTo(got, tolerance.dtype) : got;
  for (let i = 0; i < values.length; i++) {
    if (!outsideAccepts(comparable[i], values[i], i, tolerance)) {
      return [
        `${name}${place(i, shape)} is ${short(got[i])}; the vector expects ${short(values[i])} (${describeRule(tolerance)})`,
      ];
    }
  }
  return [];
}

function outsideAccepts(got: number, expected: number, i: number, tolerance: OutsideTolerance): boolean {
  if (got === expected || (Number.isNaN(got) && Number.isNaN(expected))) return true;
  if (tolerance.kind === 'ulp') return ulpDistance(got, expected, tolerance.dtype) <= tolerance.ulps;
  const { atol, rtol } = tolerance;
  const absolute =
    typeof atol === 'number' ? atol : atol.perChannel[Math.floor(i / atol.inner) % atol.perChannel.length];
  return Math.abs(got - expected) <= absolute + rtol * Math.abs(expected);
}

function describeRule(tolerance: OutsideTolerance): string {
  if (tolerance.kind === 'ulp') return `within ${tolerance.ulps} ulp`;
  const atol = typeof tolerance.atol === 'number' ? String(tolerance.atol) : 'per channel';
  return `rtol ${tolerance.rtol}, atol ${atol}`;
}

function place(index: number, shape: readonly number[]): string {
  const coordinates: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    coordinates.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${coordinates}]`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
