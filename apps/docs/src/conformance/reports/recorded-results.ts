import type { Mode, Op } from '@normlayers/core';
import { type CaseState, type StateCounts, worstState } from '../cases/case-state';

/** What was recorded of one operation in one mode. */
export interface RecordedCell {
  readonly counts: Partial<StateCounts>;
  /** The fewest digits right where the data hold three, float16 aside; null where there is no such case. */
  readonly digits: number | null;
  /** The worst generated case, which the page can run. */
  readonly worst: string | null;
}

export interface RecordedAdapter {
  readonly name: string;
  readonly kind: 'ours' | 'native' | 'peer';
  /** Why it did not run. */
  readonly reason?: string;
  readonly cells?: Readonly<Record<string, RecordedCell>>;
}

/** The results of one runtime, as `pnpm run record` writes them. */
export interface RecordedResults {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly adapters: readonly RecordedAdapter[];
}

export const RUNTIMES = ['chromium', 'node', 'firefox', 'deno'] as const;
export type RecordedRuntime = (typeof RUNTIMES)[number];

export const cellKey = (op: Op, mode: Mode) => `${op} ${mode}`;

/** The state a cell is coloured by: its worst, where anything was run. */
export function stateOfCell(cell: RecordedCell | undefined): CaseState {
  const counts = Object.fromEntries(Object.entries(cell?.counts ?? {})) as StateCounts;
  return worstState(counts);
}
