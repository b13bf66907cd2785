import type { Grade } from '@normlayers/conformance';
import type { AdapterKind } from '@normlayers/core';
import type { Via } from '@normlayers/core/adapter';
import type { BenchCase } from '../cases/bench-case';
import type { Summary } from '../measuring/summary';

/** Where the tensors are when the clock starts: already where the back end keeps them, or in typed arrays. */
export type Residency = 'device' | 'host';

/** One contender's time on one case. */
export interface BenchResult extends Summary {
  /** The adapter's name, or `memcpy`, or `gpu-copy`. */
  readonly adapter: string;
  /** Whose it is; null for the copies. */
  readonly kind: AdapterKind | null;
  readonly via?: Via;
  /** How many samples the figures are of: one per round. */
  readonly samples: number;
  /** How many calls in a row a sample is the mean of. */
  readonly callsPerSample: number;
  /**
   * What must be moved by definition, by the median time: every tensor of the call read once, y or dx written once. What
   * a contender moves besides, in copies and further passes, does not raise it.
   */
  readonly gbPerSecond: number;
  /** How good the answer is, checked before timing by the conformance suite's rule: accurate and ordinary are ranked. */
  readonly grade: Grade;
  /** Digits right in the answer's worst element. */
  readonly digits: number;
  /** Why the answer is not accurate. */
  readonly message?: string;
  /** How many passes of a GPU a call takes, dispatches or draws, where those were counted and it takes any. */
  readonly passes?: number;
  /**
   * Where calls take passes of a GPU: the GB/s beside those of `gpu-copy`, the median of the rounds. 1: as fast as a kernel
   * that reads x once and writes it once.
   */
  readonly shareOfCopy?: number;
  /** On the host: whether the result went into an array that was allocated before. */
  readonly outputReused?: boolean;
}

/** A contender that was not timed, and why. */
export interface Skipped {
  readonly adapter: string;
  readonly reason: string;
  /** Where upstream that is tracked. */
  readonly issue?: string;
}

/** One case in one residency: everyone's time, the fastest first, imprecise answers after these, wrong ones last. */
export interface BenchCaseReport extends BenchCase {
  readonly residency: Residency;
  readonly results: readonly BenchResult[];
  readonly skipped: readonly Skipped[];
}

/** A whole run. */
export interface BenchReport {
  readonly cases: readonly BenchCaseReport[];
  /** Contenders that could not be had at all. */
  readonly unavailable: readonly Skipped[];
}

type Where = BenchCase & { readonly residency: Residency };

/** The report as it is written to a file: flat, a record for each time and for each that is missing. */
export interface BenchJson {
  readonly schema: 2;
  /** Where and when it was made; its maker decides. */
  readonly environment: object;
  readonly results: readonly (BenchResult & Where)[];
  readonly skipped: readonly (Skipped & Where)[];
  readonly unavailable: readonly Skipped[];
}

/** The report in the form that is written to a file, ready for JSON.stringify. */
export function benchJson(environment: object, { cases, unavailable }: BenchReport): BenchJson {
  return {
    schema: 2,
    environment,
    results: cases.flatMap(({ results, skipped: _, ...where }) =>
      results.map((result) => ({ ...result, ...where })),
    ),
    skipped: cases.flatMap(({ results: _, skipped, ...where }) =>
      skipped.map((entry) => ({ ...entry, ...where })),
    ),
    unavailable,
  };
}
