import {
  adapterReport,
  type CaseReport,
  type JsonReport,
  toJson,
  unavailable,
} from '@normlayers/conformance';
import type { Reason } from '../text/reason';

/** A report's results by adapter and case. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, CaseReport>>;

/** The report of what was run, in the form of `normlayers conformance --json`. */
export function toReport(
  environment: object,
  results: Results,
  absent: ReadonlyMap<string, Reason>,
): JsonReport {
  const ran = [...results].map(([name, cases]) => adapterReport(name, [...cases.values()]));
  return toJson(environment, [...ran, ...[...absent].map(([name, { reason }]) => unavailable(name, reason))]);
}

/** Reads a report file. @throws Error where it is none. */
export function readReport(text: string): { environment: Record<string, unknown>; results: Results } {
  const report = JSON.parse(text) as Partial<JsonReport>;
  const { adapters } = report;
  if (report.schema !== 1 || adapters === undefined) throw new Error('not a report of schema 1');
  const results = new Map(
    adapters
      .filter(({ available }) => available)
      .map(({ name, cases }) => [name, new Map(cases.map((testCase) => [testCase.name, testCase]))] as const),
  );
  return { environment: (report.environment ?? {}) as Record<string, unknown>, results };
}
