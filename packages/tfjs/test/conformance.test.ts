import { conformanceTests } from '@normlayers/conformance';
import { FULL } from '@normlayers/testing/full-run';
import { afterAll, describe, test } from 'vitest';
import { tfjsAdapter } from '../src/index';
import { tf, VARIANTS } from './backends';

// What computes by default is judged by `normlayers conformance`, in Node and in browsers; the chain, which is the same on
// every backend, on one in the gate.
const variants = VARIANTS.filter(({ backend, fused }) => FULL || (!fused && backend === 'cpu'));

describe.each(variants)('tfjs/$name', ({ backend, fused }) => {
  conformanceTests({ adapter: () => tfjsAdapter({ tf, backend, fused }), test, after: afterAll });
});
