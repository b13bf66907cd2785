import type { AdapterReport } from './adapter-report';

/** The report as it is written to a file. */
export interface ConformanceJson {
  readonly schema: 2;
  /** Where and when it was made; its maker decides. */
  readonly environment: object;
  readonly adapters: readonly Omit<AdapterReport, 'leftOut'>[];
}

/** The report in the form that is written to a file, ready for JSON.stringify: figures that are none are null. */
export function conformanceJson(environment: object, reports: readonly AdapterReport[]): ConformanceJson {
  return { schema: 2, environment, adapters: reports.map(({ leftOut: _, ...report }) => report) };
}
