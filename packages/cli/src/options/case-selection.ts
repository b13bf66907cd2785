import type { ConformanceCase } from '@normlayers/conformance';
import type { DType, Mode, Op } from '@normlayers/core';

/** Which cases of the suite are run: those that all of these take. JSON, so that a page can be told. */
export interface CaseSelection {
  readonly ops: readonly Op[];
  readonly modes: readonly Mode[];
  readonly dtypes: readonly DType[];
  /** Parts of names, of which a case's has one. Empty: any name. */
  readonly names: readonly string[];
  /** Of the cases that all of these take one part: the first third is `{ index: 1, of: 3 }`. */
  readonly part?: Part;
}

export interface Part {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** The selected cases. A part has its share of every operation, mode and type of x. */
export function selectCases(
  selection: CaseSelection,
  cases: readonly ConformanceCase[],
): readonly ConformanceCase[] {
  const selected = cases.filter((testCase) => isSelected(selection, testCase));
  const { part } = selection;
  if (part === undefined) return selected;
  const seen = new Map<string, number>();
  return selected.filter(({ op, mode, dtype }) => {
    const cell = `${op} ${mode} ${dtype}`;
    const position = seen.get(cell) ?? 0;
    seen.set(cell, position + 1);
    return position % part.of === part.index - 1;
  });
}

function isSelected({ ops, modes, dtypes, names }: CaseSelection, testCase: ConformanceCase): boolean {
  const { name, op, mode, dtype } = testCase;
  return (
    ops.includes(op) &&
    modes.includes(mode) &&
    dtypes.includes(dtype) &&
    (names.length === 0 || names.some((part) => name.includes(part)))
  );
}
