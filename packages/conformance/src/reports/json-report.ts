import type { AdapterReport } from './adapter-report';

/** The report as it is written to a file. */
export interface JsonReport {
  readonly schema: 1;
  /** Where and when it was made; its maker decides. */
  readonly environment: object;
  readonly adapters: readonly Omit<AdapterReport, 'leftOut'>[];
}

/** The report in the form that is written to a file, ready for JSON.stringify: figures that are none are null. */
export function toJson(environment: object, reports: readonly AdapterReport[]): JsonReport {
  return { schema: 1, environment, adapters: reports.map(({ leftOut: _, ...report }) => report) };
}
