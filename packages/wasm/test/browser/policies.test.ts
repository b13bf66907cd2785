import { browserToTest, type ChromiumPages, chromiumPages } from '@normlayers/testing/browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const chromium = browserToTest('chromium');

describe.skipIf(chromium === undefined)('under a page’s policy', () => {
  let pages: ChromiumPages;
  beforeAll(async () => {
    pages = await chromiumPages(chromium as string, new URL('policies.page.ts', import.meta.url));
  });
  afterAll(() => pages?.close());

  const under = (policy: string | null, options: object) =>
    pages.run<{ before: unknown; outcome: Record<string, unknown>; after: unknown }>(
      'under',
      policy,
      options,
    );

  test('none: threads compute, and say how many they are', async () => {
    const { before, outcome, after } = await under(null, { threads: 3 });
    expect({ before, after }).toEqual({ before: null, after: null });
    expect(outcome).toEqual({ threads: 3, y: [1, 1] });
  });

  test('one without workers: threads are refused, and why is said then and later', async () => {
    const { before, outcome, after } = await under("worker-src 'none'", { threads: 2 });
    expect(before).toBeNull();
    expect(outcome).toMatchObject({ isNormError: true, code: 'backend' });
    expect(outcome.message).toMatch(/threads were not started: .*worker-src blob:/);
    expect(after).toMatch(/threads were not started: .*worker-src blob:/);
  });

  test('one without workers: one thread computes', async () => {
    const { outcome } = await under("worker-src 'none'", {});
    expect(outcome).toEqual({ threads: 1, y: [1, 1] });
  });

  test('one without WebAssembly: refused, with what to allow', async () => {
    const { outcome } = await under("script-src 'self'", {});
    expect(outcome).toMatchObject({ isNormError: true, code: 'backend' });
    expect(outcome.message).toMatch(/'wasm-unsafe-eval'/);
  });
});
