import type { NormAdapter, Op } from '@normlayers/core';
import type { ConformanceCase } from '../cases/conformance-case';
import { generatedCases } from '../cases/generated-cases';
import { type AdapterReport, adapterReport, type CaseReport } from '../reports/adapter-report';
import { vectorCases } from '../vector-formats/index';
import { runCase } from './run-case';

export interface ConformanceOptions {
  /** The cases to run. Default: `generatedCases()`. */
  readonly cases?: readonly ConformanceCase[];
  /** Vectors in the neutral format, parsed from JSON, to be run beside `cases`. */
  readonly vectors?: readonly unknown[];
  /** Only cases of this operation, or of these. Default: all. */
  readonly op?: Op | readonly Op[];
  /** Stops the run between two cases; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each case. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  /** How many cases are done, of how many. */
  readonly done: number;
  readonly total: number;
  /** The case just done. */
  readonly report: CaseReport;
}

/** A macrotask between cases this often, in ms, so that a page stays alive and an abort is heard. */
const BREATH = 30;

/**
 * Runs the suite on an adapter, and lets it be: disposing it is its owner's part.
 *
 * @returns one entry of `adapters` in the report. A case that fails is in it; it is not thrown.
 * @throws the signal's reason when aborted; TypeError for vectors that are not in the format.
 *
 * @example
 * ```ts
 * import { referenceAdapter } from '@normlayers/core';
 * import { runConformance } from '@normlayers/conformance';
 *
 * const { totals } = await runConformance(referenceAdapter(), { op: 'rmsNorm' });
 * assert.equal(totals.failed, 0);
 * ```
 */
export async function runConformance(
  adapter: NormAdapter,
  options: ConformanceOptions = {},
): Promise<AdapterReport> {
  const { vectors, op, signal, onProgress } = options;
  const fromVectors = vectors === undefined ? undefined : vectorCases(vectors);
  const ops = op === undefined ? undefined : [op].flat();
  const cases = [...(options.cases ?? generatedCases()), ...(fromVectors?.cases ?? [])].filter(
    (testCase) => ops === undefined || ops.includes(testCase.op),
  );
  const reports: CaseReport[] = [];
  let lastBreath = Date.now();
  for (const testCase of cases) {
    signal?.throwIfAborted();
    const report = await runCase(adapter, testCase);
    reports.push(report);
    onProgress?.({ done: reports.length, total: cases.length, report });
    if (Date.now() - lastBreath > BREATH) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      lastBreath = Date.now();
    }
  }
  signal?.throwIfAborted();
  const report = adapterReport(adapter.name, reports);
  return fromVectors === undefined ? report : { ...report, leftOut: fromVectors.leftOut };
}
