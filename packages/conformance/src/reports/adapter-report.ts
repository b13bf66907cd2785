import type { DType, Mode, Op } from '@normlayers/core';
import type { UpstreamVerdicts } from '../judging/upstream-rules';
import type { LeftOutVector } from '../vector-formats/index';

export type Status = 'passed' | 'failed' | 'unsupported';

/** What came of one case. Figures are null where there are none: unsupported, refused, thrown or not a number. */
export interface CaseReport {
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  readonly status: Status;
  /** The largest error over its budget among the outputs. */
  readonly budgetUsed: number | null;
  /** Whether every output keeps within the strict budget. */
  readonly strict: boolean;
  /** The largest error in units in the last place. */
  readonly ulp: number | null;
  readonly maxAbsError: number | null;
  /** The output that used most of its budget. */
  readonly output?: string;
  /** Why it failed, or why it is unsupported. */
  readonly message?: string;
  /** What the others' own rules would have said of y. */
  readonly wouldPass?: UpstreamVerdicts;
}

/** What came of a run: one entry of `adapters` in the JSON report. */
export interface AdapterReport {
  readonly name: string;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  readonly totals: Readonly<Record<Status, number>>;
  readonly cases: readonly CaseReport[];
  /** Vectors that no case could be made of. Printed, not part of the JSON. */
  readonly leftOut?: readonly LeftOutVector[];
}

/** The report of cases that were run. */
export function adapterReport(name: string, cases: readonly CaseReport[]): AdapterReport {
  const count = (status: Status) => cases.filter((report) => report.status === status).length;
  return {
    name,
    available: true,
    totals: { passed: count('passed'), failed: count('failed'), unsupported: count('unsupported') },
    cases,
  };
}

/** The report of an adapter that does not run here. */
export function unavailable(name: string, reason: string): AdapterReport {
  return { name, available: false, reason, totals: { passed: 0, failed: 0, unsupported: 0 }, cases: [] };
}

/** Whether an adapter is a framework's own operator, unimproved: its failures are findings. */
export function isNative(name: string): boolean {
  return name.startsWith('native:');
}

/** Whether a report lets a run pass: nothing failed, or it is a native adapter's. */
export function passes(report: AdapterReport): boolean {
  return isNative(report.name) || report.totals.failed === 0;
}
