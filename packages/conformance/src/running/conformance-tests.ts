import type { NormAdapter } from '@normlayers/core';
import type { ConformanceCase } from '../cases/conformance-case';
import { generatedCases } from '../cases/generated-cases';
import { vectorCases } from '../vector-formats/index';
import { runCase } from './run-case';

export interface ConformanceTests {
  /** The adapter, or how to open it; a function is called once, in the first test. */
  readonly adapter: NormAdapter | Promise<NormAdapter> | (() => NormAdapter | Promise<NormAdapter>);
  /** `test` of vitest, jest or node:test. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** `afterAll` of vitest or jest, `after` of node:test: where given, the adapter is disposed there. */
  readonly after?: (run: () => Promise<void>) => unknown;
  /** Default: `generatedCases()`. */
  readonly cases?: readonly ConformanceCase[];
  /** Vectors in the neutral format, parsed from JSON, to be run beside `cases`. */
  readonly vectors?: readonly unknown[];
}

/**
 * Registers one test for each case of the suite. A case that the adapter declares unsupported passes when it is refused
 * with a `NormError` of code `unsupported`.
 *
 * @returns the vectors that no test could be made of, each with the reason.
 *
 * @example
 * ```ts
 * import { referenceAdapter } from '@normlayers/core';
 * import { conformanceTests } from '@normlayers/conformance';
 *
 * const names: string[] = [];
 * conformanceTests({ adapter: referenceAdapter, test: (name) => names.push(name) });
 * assert(names.length > 500);
 * ```
 */
export function conformanceTests({ adapter, test, after, cases, vectors }: ConformanceTests) {
  const fromVectors = vectorCases(vectors ?? []);
  let opened: Promise<NormAdapter> | undefined;
  const open = () => {
    opened ??= Promise.resolve(typeof adapter === 'function' ? adapter() : adapter);
    return opened;
  };
  for (const testCase of [...(cases ?? generatedCases()), ...fromVectors.cases]) {
    test(testCase.name, async () => {
      const { status, message } = await runCase(await open(), testCase);
      if (status === 'failed') throw new Error(`${message}${origin(testCase)}`);
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
