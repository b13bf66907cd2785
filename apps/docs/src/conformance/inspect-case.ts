import {
  type ConformanceCase,
  inOtherLayout,
  type OtherLayout,
  type OutputTruth,
  truthOf,
} from '@normlayers/conformance';
import { type NormAdapter, type NormResult, type OutputName, widened } from '@normlayers/core';
import type { InspectedOutput, Inspection } from './protocol';
import { reproduceCode } from './reproduce-code';

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
    code: reproduceCode(adapter.name, testCase.name, call, other !== null),
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
