import {
  type ConformanceCase,
  inOtherLayout,
  type OtherLayout,
  type OutputTruth,
  truthOf,
} from '@normlayers/conformance';
import type { NormAdapter, NormResult, OutputName } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { reproduceCall } from './reproduce-call';

/** One case looked at closely: every output's error, and how to make it again. */
export interface Inspection {
  readonly adapter: string;
  readonly caseName: string;
  /** Whether it is the same call with its axes laid out differently that was looked at. */
  readonly inOtherLayout: boolean;
  readonly note?: string | undefined;
  readonly cites?: string | undefined;
  /** Why there are no outputs: refused, or thrown. */
  readonly message?: string | undefined;
  readonly outputs: readonly InspectedOutput[];
  readonly code: string;
}

export interface InspectedOutput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Error over budget of each element; Infinity where NaN or Inf stands in the wrong place. */
  readonly budgetUsed: Float64Array;
  readonly worst: {
    readonly place: readonly number[];
    readonly got: number;
    readonly expected: number;
    readonly error: number;
    readonly allowed: number;
  } | null;
}

/**
 * Runs one case once more and keeps what the report leaves out: the error of every element. As in the suite, a call whose
 * answer is right is made in its other layout too; that one is told where it alone is wrong.
 */
export async function inspectCase(adapter: NormAdapter, testCase: ConformanceCase): Promise<Inspection> {
  const own = await inspectCall(adapter, testCase, null);
  if (testCase.refusal !== undefined || isWrong(own)) return own;
  const other = inOtherLayout(testCase.call);
  if (other === null || !adapter.supports(other.call).supported) return own;
  const turned = await inspectCall(adapter, testCase, other);
  return isWrong(turned) ? turned : own;
}

function isWrong({ message, outputs }: Inspection): boolean {
  return message !== undefined || outputs.some(({ budgetUsed }) => budgetUsed.some((used) => used > 1));
}

async function inspectCall(
  adapter: NormAdapter,
  testCase: ConformanceCase,
  other: OtherLayout | null,
): Promise<Inspection> {
  const call = other?.call ?? testCase.call;
  const about = {
    adapter: adapter.name,
    caseName: testCase.name,
    inOtherLayout: other !== null,
    note: testCase.note,
    cites: testCase.cites,
    code: reproduceCall(adapter.name, testCase, call, other !== null),
  };
  try {
    const results: NormResult = await adapter.run(call);
    if (testCase.refusal !== undefined) return { ...about, outputs: [] };
    const truth = truthOf(testCase);
    const restored = other === null ? results : other.restore(results);
    const outputs = Object.entries(truth).flatMap(([name, expected]) => {
      const got = restored[name as OutputName];
      return got === undefined ? [] : [inspectOutput(name, widened(got.data), expected)];
    });
    return { ...about, outputs };
  } catch (error) {
    return { ...about, message: error instanceof Error ? error.message : String(error), outputs: [] };
  }
}

function inspectOutput(name: string, got: Float64Array, truth: OutputTruth): InspectedOutput {
  const { values, budget, shape, unjudged } = truth;
  let worst = -1;
  const budgetUsed = values.map((expected, i) => {
    if (unjudged[i] === 1 || Object.is(got[i], expected) || got[i] === expected) return 0;
    const error = Math.abs(got[i] - expected);
    const used = Number.isFinite(error) ? error / budget[i] : Infinity;
    return used;
  });
  for (let i = 0; i < budgetUsed.length; i++) {
    if (worst === -1 || budgetUsed[i] > budgetUsed[worst]) worst = i;
  }
  if (worst === -1) return { name, shape, budgetUsed, worst: null };
  return {
    name,
    shape,
    budgetUsed,
    worst: {
      place: placeOf(worst, shape),
      got: got[worst],
      expected: values[worst],
      error: Math.abs(got[worst] - values[worst]),
      allowed: budget[worst],
    },
  };
}

function placeOf(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const dimension of [...shape].reverse()) {
    place.unshift(rest % dimension);
    rest = Math.floor(rest / dimension);
  }
  return place;
}

/** What was found, as text: the worst element of each output with all its digits, and the program that makes the call again. */
export function inspectionText({ adapter, caseName, outputs, ...about }: Inspection): string {
  const { inOtherLayout, note, cites, message, code } = about;
  const lines = [
    `${adapter}: ${caseName}${inOtherLayout ? ', in its other layout' : ''}`,
    ...(note === undefined ? [] : [`  what it is there for: ${note}`]),
    ...(cites === undefined ? [] : [`  ${cites}`]),
    ...(message === undefined ? [] : [`  ${message}`]),
    ...outputs.map((output) => `  ${outputText(output)}`),
  ];
  return [...lines, '', ...code.split('\n').map((line) => `    ${line}`.trimEnd())].join('\n');
}

function outputText({ name, worst, budgetUsed }: InspectedOutput): string {
  if (worst === null) return `${name}: every element is exact`;
  const { place, got, expected, error, allowed } = worst;
  const used = Math.max(...budgetUsed);
  return `${name}[${place}] is ${got}, expected ${expected}: off by ${error}, allowed ${allowed}, ${used} of its budget`;
}
