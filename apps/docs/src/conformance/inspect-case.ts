import { type ConformanceCase, type OutputTruth, truthOf } from '@normlayers/conformance';
import { type NormAdapter, type NormResult, type OutputName, widened } from '@normlayers/core';
import type { InspectedOutput, Inspection } from './protocol';
import { reproduceCode } from './reproduce-code';

/** Runs one case once more and keeps what the report leaves out: the error of every element. */
export async function inspectCase(adapter: NormAdapter, testCase: ConformanceCase): Promise<Inspection> {
  const about = {
    adapter: adapter.name,
    caseName: testCase.name,
    note: testCase.note,
    cites: testCase.cites,
    code: reproduceCode(adapter.name, testCase.name, testCase.call),
  };
  try {
    const results: NormResult = await adapter.run(testCase.call);
    if (testCase.refusal !== undefined) return { ...about, outputs: [] };
    const truth = truthOf(testCase);
    const outputs = Object.entries(truth).flatMap(([name, expected]) => {
      const got = results[name as OutputName];
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
