import type { CaseReport } from '@normlayers/conformance';
import type { Mode, Op } from '@normlayers/core';

/** What can have come of a case, in the order in which a cell tells them. */
export const STATES = [
  'accurate',
  'ordinary',
  'imprecise',
  'wrong',
  'errored',
  'unsupported',
  'notRun',
] as const;

export type CaseState = (typeof STATES)[number];

/** Told apart by sign as well as by colour. */
export const SIGNS: Readonly<Record<CaseState, string>> = {
  accurate: '✓',
  ordinary: '~',
  imprecise: '!',
  wrong: '✗',
  errored: '⊘',
  unsupported: '—',
  notRun: '·',
};

/** A case as the page knows it before it is run. */
export interface CaseOutline {
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly cites?: string | undefined;
}

/** The state of a case: its grade, where a throw, or the end of a page, is told from a wrong number. */
export function stateOf(report: CaseReport | undefined): CaseState {
  if (report === undefined) return 'notRun';
  const { grade, faults = [] } = report;
  return grade === 'wrong' && faults.some(({ kind }) => kind === 'threw') ? 'errored' : grade;
}

export type StateCounts = Record<CaseState, number>;

/** No case in any state. */
export function noCounts(): StateCounts {
  return Object.fromEntries(STATES.map((state) => [state, 0])) as StateCounts;
}

export const WORST_FIRST: readonly CaseState[] = [
  'wrong',
  'errored',
  'imprecise',
  'ordinary',
  'accurate',
  'unsupported',
  'notRun',
];

/** The worst state that a cell is coloured by. */
export function worstState(counts: StateCounts): CaseState {
  return WORST_FIRST.find((state) => counts[state] > 0) ?? 'notRun';
}

/** The states that some cases are in. */
export const statesIn = (counts: Partial<StateCounts>) => STATES.filter((state) => (counts[state] ?? 0) > 0);

/** How many of the cases are in each state. */
export function countStates(
  cases: readonly CaseOutline[],
  reports: ReadonlyMap<string, CaseReport> | undefined,
): StateCounts {
  const counts = noCounts();
  for (const { name } of cases) counts[stateOf(reports?.get(name))] += 1;
  return counts;
}
