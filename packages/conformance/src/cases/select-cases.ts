import { NormError, OPS, type Op } from '@normlayers/core';
import type { ConformanceCase } from './conformance-case';

/** Which cases are asked for. */
export interface CaseSelection {
  /** Only cases of this operation, or of these. Default: all. */
  readonly op?: Op | readonly Op[] | undefined;
  /** Only cases whose name holds this text. Default: all. */
  readonly case?: string | undefined;
}

/**
 * The cases that are asked for, at least one: what was asked for and is not there is no pass.
 *
 * @throws NormError `unknown-op` for an operation that there is not; `missing-argument` where no case is left.
 *
 * @example
 * ```ts
 * import { generatedCases, selectCases } from '@normlayers/conformance';
 *
 * const [first] = selectCases(generatedCases(), { op: 'rmsNorm', case: 'bad input' });
 * assert.equal(first?.name, 'rmsNorm inference bad input: gamma too short');
 * assert.throws(() => selectCases(generatedCases(), { case: 'spectral' }), { code: 'missing-argument' });
 * ```
 */
export function selectCases(
  cases: readonly ConformanceCase[],
  { op, case: text }: CaseSelection,
): readonly ConformanceCase[] {
  const ops = op === undefined ? OPS : [op].flat();
  const unknown = ops.find((asked) => !OPS.includes(asked));
  if (unknown !== undefined) {
    throw new NormError('unknown-op', `op is '${unknown}'; expected one of ${OPS.join(', ')}.`, {
      argument: 'op',
    });
  }
  const found = cases.filter(
    (testCase) => ops.includes(testCase.op) && (text === undefined || testCase.name.includes(text)),
  );
  if (found.length > 0) return found;
  const asked = [
    op === undefined ? '' : ` of ${ops.join(', ')}`,
    text === undefined ? '' : ` with '${text}' in its name`,
  ];
  throw new NormError(
    'missing-argument',
    cases.length === 0
      ? 'cases is empty; expected one at least, or none given for the generated ones.'
      : `none of the ${cases.length} cases is one${asked.join('')}.`,
    { argument: text === undefined ? (op === undefined ? 'cases' : 'op') : 'case' },
  );
}
