import { conformanceTests } from '@normlayers/conformance';
import { afterAll, describe, test } from 'vitest';
import { onnxruntimeWebAdapter } from '../src/index';
import { ort } from './runtime';

// Strategy native is a finding, not a promise: the command shows it.
describe.each(['kernels', 'graph'] as const)('strategy %s', (strategy) => {
  conformanceTests({ adapter: () => onnxruntimeWebAdapter({ ort, strategy }), test, after: afterAll });
});
