import type { CaseReport } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import type { CaseOutline } from './case-state';

/** What the page asks of the worker. */
export type Request =
  | { readonly type: 'run'; readonly adapters: readonly string[]; readonly ops: readonly Op[] }
  | { readonly type: 'pause' | 'resume' | 'cancel' }
  | { readonly type: 'inspect'; readonly adapter: string; readonly caseName: string };

/** What the worker tells the page. */
export type Answer =
  | { readonly type: 'cases'; readonly cases: readonly CaseOutline[] }
  | { readonly type: 'opening'; readonly adapter: string }
  | {
      readonly type: 'reports';
      readonly adapter: string;
      readonly reports: readonly CaseReport[];
      readonly total: number;
    }
  | { readonly type: 'unavailable'; readonly adapter: string; readonly reason: string }
  | { readonly type: 'finished'; readonly cancelled: boolean }
  | { readonly type: 'inspection'; readonly inspection: Inspection };

/** One case looked at closely: every output's error, and how to make it again. */
export interface Inspection {
  readonly adapter: string;
  readonly caseName: string;
  /** Whether it is the same call with its axes laid out differently that was looked at. */
  readonly inOtherLayout: boolean;
  readonly note?: string | undefined;
  readonly cites?: string | undefined;
  /** Why there are no outputs: refused, or thrown. */
  readonly message?: string | undefined;
  readonly outputs: readonly InspectedOutput[];
  readonly code: string;
}

export interface InspectedOutput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Error over budget of each element; Infinity where NaN or Inf stands in the wrong place. */
  readonly budgetUsed: Float64Array;
  readonly worst: {
    readonly place: readonly number[];
    readonly got: number;
    readonly expected: number;
    readonly error: number;
    readonly allowed: number;
  } | null;
}
