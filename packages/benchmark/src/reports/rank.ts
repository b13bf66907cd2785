import { isAtLeast } from '@normlayers/conformance';
import type { BenchResult } from './bench-report';

/** Whether a contender only copies x: it has no rank. */
export function isCopy({ adapter }: Pick<BenchResult, 'adapter'>): boolean {
  return adapter === 'memcpy' || adapter === 'gpu-copy';
}

/** Where a result stands: 0 ranked by time, 1 shown and marked (imprecise), 2 not ranked (wrong). */
export function tierOf({ grade }: Pick<BenchResult, 'grade'>): 0 | 1 | 2 {
  if (isAtLeast(grade, 'ordinary')) return 0;
  return grade === 'imprecise' ? 1 : 2;
}

/** Whether a result's time has a rank: its answer is accurate or ordinary. */
export function isRanked(result: Pick<BenchResult, 'grade'>): boolean {
  return tierOf(result) === 0;
}
