import { conformanceTests } from '@normlayers/conformance';
import { wasmAdapter } from '@normlayers/wasm';
import { afterAll, describe, test } from 'vitest';

// The step conformance:node runs what an engine gives by itself, where small rows are not read ahead.
describe('baseline SIMD, rows read ahead', () => {
  conformanceTests({
    adapter: () => wasmAdapter({ relaxed: false, readAhead: true }),
    test,
    after: afterAll,
  });
});
