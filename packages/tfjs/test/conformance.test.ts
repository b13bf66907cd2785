import { conformanceTests } from '@normlayers/conformance';
import { afterAll, describe, test } from 'vitest';
import { tfjsAdapter } from '../src/index';
import { tf, VARIANTS } from './backends';

describe.each(VARIANTS)('tfjs/$name', ({ backend, fused }) => {
  conformanceTests({ adapter: () => tfjsAdapter({ tf, backend, fused }), test, after: afterAll });
});
