import type { NormAdapter } from '@normlayers/core';
import type { ConformanceCase } from '../cases/conformance-case';
import { generatedCases } from '../cases/generated-cases';
import { type CaseSelection, selectCases } from '../cases/select-cases';
import type { Grade } from '../judging/grade';
import { fallsShort, gradeAskedOf } from '../reports/adapter-report';
import { vectorCases } from '../vector-formats/index';
import { checkOptions, SELECTION } from './check-options';
import { runCase } from './run-case';

const KNOWN: readonly (keyof ConformanceTests)[] = [
  ...(['adapter', 'test', 'after', 'grade', 'cases', 'vectors'] as const),
  ...SELECTION,
];

export interface ConformanceTests extends CaseSelection {
  /** The adapter, or how to open it; a function is called once, in the first test. */
  readonly adapter: NormAdapter | Promise<NormAdapter> | (() => NormAdapter | Promise<NormAdapter>);
  /** `test` of vitest, jest or node:test. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** `afterAll` of vitest or jest, `after` of node:test: where given, the adapter is disposed there. */
  readonly after?: (run: () => Promise<void>) => unknown;
  /**
   * The grade that every case must have. Default: `ordinary`, what a sound program gives that sums one number after the
   * other; of adapters of kind `ours`, `accurate`; of `native` ones none, their grades being findings.
   */
  readonly grade?: Grade;
  /** Default: `generatedCases()`. */
  readonly cases?: readonly ConformanceCase[];
  /** Vectors in the neutral format, parsed from JSON, to be run beside `cases`. */
  readonly vectors?: readonly unknown[];
}

/**
 * Registers one test for each case of the suite. A case that the adapter declares unsupported passes when it is refused
 * with a `NormError` of code `unsupported`; one whose numbers are beyond the adapter's declared `limits` is left out.
 *
 * @returns the vectors that no test could be made of, each with the reason.
 * @throws NormError where no case is left to test, and `unknown-argument` for an option or a grade that there is not;
 *   TypeError for vectors that are not in the format.
 *
 * @example
 * ```ts
 * import { referenceAdapter } from '@normlayers/core';
 * import { conformanceTests, generatedCases } from '@normlayers/conformance';
 *
 * const names: string[] = [];
 * conformanceTests({ adapter: referenceAdapter, test: (name) => names.push(name), grade: 'accurate' });
 * assert.equal(names.length, generatedCases().length);
 * ```
 */
export function conformanceTests(options: ConformanceTests) {
  checkOptions('conformanceTests', options, KNOWN);
  const { adapter, test, after, grade, cases, vectors } = options;
  const fromVectors = vectorCases(vectors ?? []);
  let opened: Promise<NormAdapter> | undefined;
  const open = () => {
    opened ??= Promise.resolve(typeof adapter === 'function' ? adapter() : adapter);
    return opened;
  };
  for (const testCase of selectCases([...(cases ?? generatedCases()), ...fromVectors.cases], options)) {
    test(testCase.name, async () => {
      const subject = await open();
      const report = await runCase(subject, testCase);
      const asked = grade ?? gradeAskedOf(subject.kind);
      if (fallsShort(report, asked)) {
        throw new Error(`${report.grade}, asked for ${asked}: ${report.message}${origin(testCase)}`);
      }
    });
  }
  after?.(async () => {
    if (opened !== undefined) await (await opened).dispose();
  });
  return fromVectors.leftOut;
}

function origin({ note, cites }: ConformanceCase): string {
  const reasons = [note, cites].filter((reason) => reason !== undefined);
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
}
