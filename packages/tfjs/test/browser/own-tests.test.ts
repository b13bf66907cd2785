import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { browserToTest, chromiumPages } from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { expect, test } from 'vitest';
import type { OwnTests } from './own-tests.page';

const chromium = browserToTest('chromium');
const jasmine = dirname(createRequire(import.meta.url).resolve('jasmine-core/package.json'));

// On cpu and wasm the gate runs them, in Node: ../tfjs-own-tests.test.ts.
test.skipIf(!FULL || chromium === undefined).each(['webgl', 'webgpu'])(
  'the tests of tf.batchNorm that tfjs-core ships pass on %s with everything taken over that can be',
  { timeout: SLOW },
  async (backend) => {
    const script = new URL('own-tests.page.ts', import.meta.url);
    const pages = await chromiumPages(chromium as string, script, { 'jasmine-core': jasmine });
    const { passed, failed, asked, own } = await pages
      .run<OwnTests>('ownTests', backend)
      .finally(pages.close);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(30);
    expect(own).toBeLessThan(asked / 2);
  },
);
