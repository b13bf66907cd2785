import type { AdapterKind } from '@normlayers/core';
import { GRADES, type Grade, isAtLeast } from '../judging/grade';
import type { LeftOutVector } from '../vector-formats/index';
import type { CaseGrade, CaseReport } from './case-report';

/** What came of a run: one entry of `adapters` in the JSON report. */
export interface AdapterReport {
  readonly name: string;
  readonly kind: AdapterKind;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  /** The grade that was asked for; null of natives, which are shown and not held to anything. */
  readonly asked: Grade | null;
  readonly totals: Readonly<Record<CaseGrade, number>>;
  readonly cases: readonly CaseReport[];
  /** Vectors that no case could be made of. Printed, not part of the JSON. */
  readonly leftOut?: readonly LeftOutVector[];
}

/** Whose report it is. */
export interface ReportedAdapter {
  readonly name: string;
  readonly kind: AdapterKind;
}

/** The grade asked of a kind of adapter: accurate of ours, ordinary of others, nothing of natives. */
export function gradeAskedOf(kind: AdapterKind): Grade | null {
  return { ours: 'accurate', peer: 'ordinary', native: null }[kind] as Grade | null;
}

/**
 * The report of cases that were run.
 *
 * @param asked default: what is asked of the adapter's kind.
 */
export function adapterReport(
  { name, kind }: ReportedAdapter,
  cases: readonly CaseReport[],
  asked: Grade | null = gradeAskedOf(kind),
): AdapterReport {
  return { name, kind, available: true, asked, totals: totalsOf(cases), cases };
}

/** The report of an adapter that does not run here. */
export function unavailable({ name, kind }: ReportedAdapter, reason: string): AdapterReport {
  return { name, kind, available: false, reason, asked: gradeAskedOf(kind), totals: totalsOf([]), cases: [] };
}

/** Whether a case has the grade that is asked for. What is unsupported, and refused as such, does not fall short. */
export function fallsShort({ grade }: CaseReport, asked: Grade | null): boolean {
  return asked !== null && grade !== 'unsupported' && !isAtLeast(grade, asked);
}

/** The cases of a report that do not have the grade asked for. */
export function shortfalls({ cases, asked }: AdapterReport): readonly CaseReport[] {
  return cases.filter((report) => fallsShort(report, asked));
}

/** Whether a report lets a run pass: no case has a worse grade than was asked for. */
export function passes(report: AdapterReport): boolean {
  return shortfalls(report).length === 0;
}

function totalsOf(cases: readonly CaseReport[]): Record<CaseGrade, number> {
  const totals = Object.fromEntries([...GRADES, 'unsupported'].map((grade) => [grade, 0]));
  for (const { grade } of cases) totals[grade]++;
  return totals as Record<CaseGrade, number>;
}
