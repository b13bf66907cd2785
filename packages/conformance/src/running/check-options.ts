import { NormError } from '@normlayers/core';
import { checkArguments } from '@normlayers/core/adapter';
import type { CaseSelection } from '../cases/select-cases';
import { GRADES, type Grade } from '../judging/grade';

/** The options that say which cases are asked for. */
export const SELECTION: readonly (keyof CaseSelection)[] = ['op', 'case'];

/**
 * Refuses options that are not known, and a grade that there is not: a selection that is misspelt would run every case.
 *
 * @throws NormError `unknown-argument`.
 */
export function checkOptions(
  asking: string,
  options: { readonly grade?: Grade },
  known: readonly string[],
): void {
  checkArguments(asking, options, known);
  const { grade } = options;
  if (grade === undefined || GRADES.includes(grade)) return;
  throw new NormError('unknown-argument', `grade is '${grade}'; expected one of ${GRADES.join(', ')}.`, {
    argument: 'grade',
  });
}
