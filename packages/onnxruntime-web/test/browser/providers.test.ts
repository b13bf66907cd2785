import { browserToTest, type ChromiumPages, chromiumPages } from '@normlayers/testing/browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceCounts } from './device-counts';

const chromium = browserToTest('chromium');
const full = process.env.NORMLAYERS_FULL === '1';
/** Counts are compared exactly: what 2,000 calls leave behind, 200 do. */
const CALLS = full ? 2000 : 200;
/** The build with both of ONNX Runtime's WebGPU providers takes 90 s of the gate's time in software: nightly. */
const inGate = <C extends readonly [string, ...unknown[]]>(cases: readonly C[]) =>
  cases.filter(([build]) => full || build !== 'all');

interface Resident {
  readonly seen: readonly {
    readonly name: string;
    readonly downloads: number;
    readonly passes: number;
    readonly locations: readonly string[];
    readonly largestError: number;
  }[];
}

type Counts = DeviceCounts & { readonly created: number; readonly released: number };

interface Kept {
  readonly before: Counts;
  readonly after: Counts;
  readonly released: number;
}

describe.skipIf(chromium === undefined)('in Chromium', () => {
  let pages: ChromiumPages;
  beforeAll(async () => {
    pages = await chromiumPages(chromium as string, new URL('providers.page.ts', import.meta.url));
  }, 120_000);
  afterAll(() => pages?.close());

  test.each(inGate([['all'], ['webgpu']] as const))(
    "'onnxruntime-web/%s': tensors on the GPU stay there, in all operations and modes",
    async (build) => {
      const { seen } = await pages.run<Resident>('resident', build);
      expect(seen).toHaveLength(15);
      for (const { name, downloads, locations, largestError } of seen) {
        expect([name, downloads, locations]).toEqual([name, 0, ['gpu-buffer']]);
        // Some twenty roundings of numbers near 1.
        expect(largestError, name).toBeLessThan(2e-6);
      }
      console.log(`Passes with ${build}: ${seen.map(({ name, passes }) => `${name} ${passes}`).join(', ')}`);
    },
    300_000,
  );

  test.each(
    inGate([
      ['all', ['webgpu', 'webgpu']],
      ['webgpu', ['webgpu', 'webgpu']],
      ['webgl', ['webgl', 'webgl']],
      ['all', ['wasm', 'webgpu', 'wasm']],
      ['webgpu', ['wasm', 'webgpu', 'wasm']],
    ] as const),
  )(
    "'onnxruntime-web/%s', %j: calls at the same time wait for each other",
    async (build, providers) => {
      expect(await pages.run<number>('together', build, providers)).toBeLessThan(2e-6);
    },
    300_000,
  );

  test.each(
    inGate([
      ['all', 'webgpu'],
      ['webgpu', 'webgpu'],
      ['webgl', 'webgl'],
    ] as const),
  )(
    `'onnxruntime-web/%s', %s: ${CALLS} calls leave nothing behind`,
    async (build, provider) => {
      const { before, after, released } = await pages.run<Kept>('kept', build, provider, CALLS);
      expect(before.created).toBe(2);
      expect(before[provider === 'webgl' ? 'textures' : 'buffers']).toBeGreaterThan(0);
      expect(after.passes - before.passes).toBeGreaterThan(5 * CALLS);
      expect({ ...after, passes: 0, downloads: 0 }).toEqual({ ...before, passes: 0, downloads: 0 });
      expect(released).toBe(2);
    },
    300_000,
  );
});
