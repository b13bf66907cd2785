import type { ConformanceCase } from '@normlayers/conformance';
import type { DType, Mode, Op } from '@normlayers/core';

/** Which cases of the suite are run: those that all of these take. JSON, so that a page can be told. */
export interface CaseSelection {
  readonly ops: readonly Op[];
  readonly modes: readonly Mode[];
  readonly dtypes: readonly DType[];
  /** Parts of names, of which a case's has one. Empty: any name. */
  readonly names: readonly string[];
}

export function isSelected({ ops, modes, dtypes, names }: CaseSelection, testCase: ConformanceCase): boolean {
  const { name, op, mode, dtype } = testCase;
  return (
    ops.includes(op) &&
    modes.includes(mode) &&
    dtypes.includes(dtype) &&
    (names.length === 0 || names.some((part) => name.includes(part)))
  );
}
