import type { DType, Mode, Op, OutputName } from '@normlayers/core';
import type { Fault } from '../judging/faults';
import type { Grade } from '../judging/grade';
import type { UpstreamVerdicts } from '../judging/upstream-rules';

/** A case's grade, or `unsupported` where the adapter does not compute it and says so. */
export type CaseGrade = Grade | 'unsupported';

/** What came of one case. Figures are null where there are none: unsupported, refused, thrown or not a number. */
export interface CaseReport {
  readonly name: string;
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  /** The worst of its outputs, in both layouts. */
  readonly grade: CaseGrade;
  /** Digits right in the output that has the fewest. */
  readonly digits: number | null;
  /** Digits that the data hold there. */
  readonly heldDigits: number | null;
  /** The largest error over its budget among the outputs: accurate up to 1. */
  readonly budgetUsed: number | null;
  /** Whether every output keeps within the strict budget. */
  readonly strict: boolean;
  /** The largest error in units in the last place. */
  readonly ulp: number | null;
  readonly maxAbsError: number | null;
  /** The output that used most of its budget. */
  readonly output?: OutputName;
  /** Why it is not accurate, in English, or why it is unsupported. */
  readonly message?: string;
  /** The same for programs and translations: what is wrong. */
  readonly faults?: readonly Fault[];
  /** The same: why it is unsupported. */
  readonly unsupported?: UnsupportedReason;
  /** What the others' own rules would have said of y. */
  readonly wouldPass?: UpstreamVerdicts;
}

/** An adapter's reason in its own code; or the suite's, where the data are beyond the adapter's declared limits. */
export interface UnsupportedReason {
  readonly code: string;
  readonly values?: Readonly<Record<string, string | number>>;
}
