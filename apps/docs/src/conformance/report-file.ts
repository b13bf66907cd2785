import type { CaseReport, JsonReport } from '@normlayers/conformance';

/** A report's results by adapter and case. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, CaseReport>>;

/** The report of what was run, in the form of `normlayers conformance --json`. */
export function toReport(
  environment: object,
  results: Results,
  unavailable: ReadonlyMap<string, string>,
): JsonReport {
  const ran = [...results].map(([name, cases]) => {
    const reports = [...cases.values()];
    const count = (status: CaseReport['status']) =>
      reports.filter((report) => report.status === status).length;
    return {
      name,
      available: true,
      totals: { passed: count('passed'), failed: count('failed'), unsupported: count('unsupported') },
      cases: reports,
    };
  });
  const absent = [...unavailable].map(([name, reason]) => ({
    name,
    available: false,
    reason,
    totals: { passed: 0, failed: 0, unsupported: 0 },
    cases: [],
  }));
  return { schema: 1, environment, adapters: [...ran, ...absent] };
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
