import { browserToTest, chromiumPages } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import { describe, expect, test } from 'vitest';
import type { ThreadFindings } from './page/wasm-threads';

const chromium = browserToTest('chromium');

describe.skipIf(chromium === undefined)('wasm-threads in Chromium', () => {
  /** Workers are counted: what 2,000 calls start, 200 do. */
  const calls = FULL ? 2_000 : 200;

  test(`${calls} calls start no worker, and disposal ends those there are`, async () => {
    const pages = await chromiumPages(chromium as string, new URL('page/wasm-threads.ts', import.meta.url));
    const found = await pages.run<ThreadFindings>('findings', calls).finally(pages.close);
    // The thread that asks is the first of two.
    expect(found).toEqual({ opened: 1, used: 1, disposed: 0, y: [-1, 1] });
  });
});
