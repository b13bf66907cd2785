import { describe, expect, test } from 'vitest';
import { browserToTest, TWICE } from './installed-browser';
import type { ThreadFindings } from './page/wasm-threads';
import { pageFindings } from './page-findings';

const chromium = browserToTest('chromium');

describe.skipIf(chromium === undefined)('wasm-threads in Chromium', TWICE, () => {
  test('2,000 calls start no worker, and disposal ends those there are', async () => {
    const found = await pageFindings<ThreadFindings>(chromium as string, 'wasm-threads');
    // The thread that asks is the first of two.
    expect(found).toEqual({ opened: 1, used: 1, disposed: 0, y: [-1, 1] });
  });
});
