import type { NormAdapter } from '@normlayers/core';
import type { ConformanceCase } from '../cases/conformance-case';
import { generatedCases } from '../cases/generated-cases';
import { type CaseSelection, selectCases } from '../cases/select-cases';
import type { Grade } from '../judging/grade';
import { type AdapterReport, adapterReport, fallsShort, gradeAskedOf } from '../reports/adapter-report';
import type { CaseReport } from '../reports/case-report';
import { vectorCases } from '../vector-formats/index';
import { checkOptions, SELECTION } from './check-options';
import { runCase } from './run-case';

const KNOWN: readonly (keyof ConformanceOptions)[] = [
  ...(['cases', 'vectors', 'grade', 'stopAtFirst', 'signal', 'onProgress'] as const),
  ...SELECTION,
];

export interface ConformanceOptions extends CaseSelection {
  /** The cases to run. Default: `generatedCases()`. */
  readonly cases?: readonly ConformanceCase[];
  /** Vectors in the neutral format, parsed from JSON, to be run beside `cases`. */
  readonly vectors?: readonly unknown[];
  /** The grade that every case must have. Default: by the adapter's kind, see `gradeAskedOf`. */
  readonly grade?: Grade;
  /** Ends the run after the first case that falls short of that grade. Default: false. */
  readonly stopAtFirst?: boolean;
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
const PAUSE_EVERY = 30;

/**
 * Runs the suite on an adapter, and lets it be: disposing it is its owner's part.
 *
 * @returns one entry of `adapters` in the report. A case that fails is in it; it is not thrown. `passes(report)` says
 *   whether every case has the grade asked for: accurate of adapters of kind `ours`, ordinary of a `peer`.
 * @throws NormError `unknown-op`, or `missing-argument` where no case is left to run, `unknown-argument` for an option
 *   or a grade that there is not; TypeError for vectors that are not in the format; the signal's reason when aborted.
 *
 * @example
 * ```ts
 * import { referenceAdapter } from '@normlayers/core';
 * import { passes, runConformance } from '@normlayers/conformance';
 *
 * const report = await runConformance(referenceAdapter(), { op: 'rmsNorm', case: 'offset' });
 * assert(passes(report));
 * assert.deepEqual([report.totals.imprecise, report.totals.wrong], [0, 0]);
 * ```
 */
export async function runConformance(
  adapter: NormAdapter,
  options: ConformanceOptions = {},
): Promise<AdapterReport> {
  checkOptions('runConformance', options, KNOWN);
  const { vectors, grade, stopAtFirst = false, signal, onProgress } = options;
  const asked = grade ?? gradeAskedOf(adapter.kind);
  const fromVectors = vectors === undefined ? undefined : vectorCases(vectors);
  const all = [...(options.cases ?? generatedCases()), ...(fromVectors?.cases ?? [])];
  const cases = selectCases(all, options);
  const reports: CaseReport[] = [];
  let lastPause = Date.now();
  for (const testCase of cases) {
    signal?.throwIfAborted();
    const report = await runCase(adapter, testCase);
    reports.push(report);
    onProgress?.({ done: reports.length, total: cases.length, report });
    if (stopAtFirst && fallsShort(report, asked)) break;
    if (Date.now() - lastPause > PAUSE_EVERY) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      lastPause = Date.now();
    }
  }
  signal?.throwIfAborted();
  const report = adapterReport(adapter, reports, asked);
  return fromVectors === undefined ? report : { ...report, leftOut: fromVectors.leftOut };
}
