import { conformanceTests } from '@normlayers/conformance';
import { wasmAdapter } from '@normlayers/wasm';
import { afterAll, describe, test } from 'vitest';

describe('baseline SIMD', () => {
  conformanceTests({ adapter: () => wasmAdapter({ relaxed: false }), test, after: afterAll });
});
