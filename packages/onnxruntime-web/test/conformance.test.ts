import { conformanceTests, generatedCases } from '@normlayers/conformance';
import { FULL } from '@normlayers/testing/full-run';
import { afterAll, describe, test } from 'vitest';
import { onnxruntimeWebAdapter } from '../src/index';
import { ort } from './runtime';

/** The step conformance:node runs all cases of both on what is built. */
const cases = generatedCases().filter(
  ({ mode, dtype }) => FULL || (mode === 'training' && dtype === 'float32'),
);

// Strategy native is a finding, not a promise: the command shows it.
describe.each(['kernels', 'graph'] as const)('strategy %s', (strategy) => {
  conformanceTests({
    adapter: () => onnxruntimeWebAdapter({ ort, strategy }),
    test,
    after: afterAll,
    cases,
  });
});
