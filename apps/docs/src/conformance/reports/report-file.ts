import { entryOf } from '@normlayers/catalogue';
import {
  adapterReport,
  type CaseReport,
  type ConformanceJson,
  conformanceJson,
  type ReportedAdapter,
  unavailable,
} from '@normlayers/conformance';
import type { Reason } from '../../text/reason';

/** A report's results by adapter and case. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, CaseReport>>;

/** The report of what was run, in the form of `normlayers conformance --json`. */
export function toReport(
  environment: object,
  results: Results,
  absent: ReadonlyMap<string, Reason>,
): ConformanceJson {
  const ran = [...results].map(([name, cases]) => adapterReport(named(name), [...cases.values()]));
  return conformanceJson(environment, [
    ...ran,
    ...[...absent].map(([name, { reason }]) => unavailable(named(name), reason)),
  ]);
}

function named(name: string): ReportedAdapter {
  return { name, kind: entryOf(name)?.kind ?? 'peer' };
}

/** Reads a report file. @throws Error where it is none. */
export function readReport(text: string): { environment: Record<string, unknown>; results: Results } {
  const report = JSON.parse(text) as Partial<ConformanceJson>;
  const { adapters } = report;
  if (report.schema !== 2 || adapters === undefined) throw new Error('not a report of schema 2');
  const results = new Map(
    adapters
      .filter(({ available }) => available)
      .map(({ name, cases }) => [name, new Map(cases.map((testCase) => [testCase.name, testCase]))] as const),
  );
  return { environment: (report.environment ?? {}) as Record<string, unknown>, results };
}
