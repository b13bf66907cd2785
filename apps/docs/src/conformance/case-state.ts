import { type CaseReport, isAtLeast } from '@normlayers/conformance';
import type { Mode, Op } from '@normlayers/core';

/** What can have come of a case, in the order in which a cell tells them. */
export const STATES = ['passed', 'failed', 'errored', 'unsupported', 'notRun'] as const;

export type CaseState = (typeof STATES)[number];

/** Told apart by sign as well as by colour. */
export const SIGNS: Readonly<Record<CaseState, string>> = {
  passed: '✓',
  failed: '✗',
  errored: '!',
  unsupported: '—',
  notRun: '·',
};

export const OPS: readonly Op[] = ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'];
export const MODES: readonly Mode[] = ['inference', 'training', 'backward'];

/** A case as the page knows it before it is run. */
export interface CaseOutline {
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly cites?: string | undefined;
}

/**
 * The state of a case: ordinary rounding passes, what is off by more than that fails; a throw, or the end of a page, is told
 * from a wrong number.
 */
export function stateOf(report: CaseReport | undefined): CaseState {
  if (report === undefined) return 'notRun';
  const { grade, faults = [] } = report;
  if (grade === 'unsupported') return 'unsupported';
  if (isAtLeast(grade, 'ordinary')) return 'passed';
  return faults.some(({ kind }) => kind === 'threw') ? 'errored' : 'failed';
}

export type StateCounts = Record<CaseState, number>;

/** The states that some cases are in. */
export const statesIn = (counts: Partial<StateCounts>) => STATES.filter((state) => (counts[state] ?? 0) > 0);

/** How many of the cases are in each state. */
export function countStates(
  cases: readonly CaseOutline[],
  reports: ReadonlyMap<string, CaseReport> | undefined,
): StateCounts {
  const counts: StateCounts = { passed: 0, failed: 0, errored: 0, unsupported: 0, notRun: 0 };
  for (const { name } of cases) counts[stateOf(reports?.get(name))] += 1;
  return counts;
}
