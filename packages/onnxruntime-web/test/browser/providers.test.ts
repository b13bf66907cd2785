import { browserToTest, type ChromiumPages, chromiumPages } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceCounts } from './device-counts';

const chromium = browserToTest('chromium');
/** Counts are compared exactly: what 2,000 calls leave behind, 200 do. */
const CALLS = FULL ? 2000 : 200;
/** Graphs take tens of dispatches on a GPU of software, and one build has what the other has: nightly. */
const inGate = <C extends readonly [string, ...unknown[]]>(cases: readonly C[]) =>
  cases.filter((given) => FULL || !(given.includes('all') || given.includes('graph')));

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

interface Mixed {
  readonly values: readonly number[];
  readonly locations: readonly string[];
  readonly refusals: Readonly<Record<string, string>>;
  readonly submitted: number;
}

interface Kept {
  readonly before: Counts;
  readonly after: Counts;
  readonly released: number;
}

interface Outcome {
  readonly result?: unknown;
  readonly error?: string;
}

let pages: ChromiumPages;
const orders = new Map<string, unknown[][]>();
const outcomes = new Map<string, Promise<readonly Outcome[]>>();

/**
 * What a function of the page gives. In the full run each has a page of its own; in the gate those of a build follow each
 * other in one, since to compile its 28 MB and to start its device takes most of a page's time.
 */
function ordered<Result>(name: string, build: string, ...given: unknown[]): () => Promise<Result> {
  if (FULL) return () => pages.run<Result>(name, build, ...given);
  const its = orders.get(build) ?? [];
  orders.set(build, its);
  const place = its.push([name, build, ...given]) - 1;
  return async () => {
    let running = outcomes.get(build);
    if (running === undefined) {
      running = pages.run<readonly Outcome[]>('inTurn', its);
      outcomes.set(build, running);
    }
    const { result, error } = (await running)[place]!;
    if (error !== undefined) throw new Error(error);
    return result as Result;
  };
}

describe.skipIf(chromium === undefined)('in Chromium', () => {
  beforeAll(async () => {
    pages = await chromiumPages(chromium as string, new URL('providers.page.ts', import.meta.url));
  }, 120_000);
  afterAll(() => pages?.close());

  // First, so that the calls meet a build that is starting. Two providers at once are one of each, too.
  for (const [build, providers] of inGate([
    ['all', ['webgpu', 'webgpu']],
    ...(FULL ? ([['webgpu', ['webgpu', 'webgpu']]] as const) : []),
    ['webgl', ['webgl', 'webgl']],
    ['all', ['wasm', 'webgpu', 'wasm']],
    ['webgpu', ['wasm', 'webgpu', 'wasm']],
  ] as const)) {
    const largestError = ordered<number>('together', build, providers);
    test(`'onnxruntime-web/${build}', ${providers}: calls at the same time wait for each other`, async () => {
      expect(await largestError()).toBeLessThan(2e-6);
    }, 300_000);
  }

  for (const [build, strategy] of inGate([
    ['all', 'kernels'],
    ['webgpu', 'kernels'],
    ['all', 'graph'],
    ['webgpu', 'graph'],
  ] as const)) {
    const found = ordered<Resident>('resident', build, strategy);
    test(`'onnxruntime-web/${build}', ${strategy}: tensors on the GPU stay there, in all operations and modes`, async () => {
      const { seen } = await found();
      expect(seen).toHaveLength(15);
      for (const { name, downloads, locations, largestError, passes } of seen) {
        expect([name, downloads, locations]).toEqual([name, 0, ['gpu-buffer']]);
        // Some twenty roundings of numbers near 1.
        expect(largestError, name).toBeLessThan(2e-6);
        if (strategy === 'kernels')
          expect(passes, name).toBeLessThanOrEqual(name.endsWith('backward') ? 3 : 2);
      }
    }, 300_000);
  }

  for (const [build, provider, strategy] of inGate([
    ['all', 'webgpu', 'kernels'],
    ['webgpu', 'webgpu', 'kernels'],
    ['all', 'webgpu', 'graph'],
    ['webgpu', 'webgpu', 'graph'],
    ['webgl', 'webgl', undefined],
  ] as const)) {
    const found = ordered<Kept>('kept', build, provider, strategy, CALLS);
    test(`'onnxruntime-web/${build}', ${provider}, ${strategy}: ${CALLS} calls leave nothing behind`, async () => {
      const { before, after, released } = await found();
      // The one that holds the device; or one for each of the two kinds of call.
      const sessions = strategy === 'kernels' ? 1 : 2;
      expect(before.created).toBe(sessions);
      expect(before[provider === 'webgl' ? 'textures' : 'buffers']).toBeGreaterThan(0);
      expect(after.passes - before.passes).toBeGreaterThanOrEqual((strategy === 'kernels' ? 1 : 5) * CALLS);
      expect({ ...after, passes: 0, downloads: 0 }).toEqual({ ...before, passes: 0, downloads: 0 });
      expect(released).toBe(sessions);
    }, 300_000);
  }

  for (const [build] of inGate([['all'], ['webgpu']] as const)) {
    const found = ordered<Mixed>('mixed', build);
    test(`'onnxruntime-web/${build}': kernels of ours and graphs follow each other on one device, and refuse what is not its own`, async () => {
      const { values, locations, refusals, submitted } = await found();
      // [1, 3] and [10, 30] less their means, by their deviations: -1 and 1, twice; times gamma 2 and 3; by the
      // root of the mean of 4 and 9.
      const root = Math.sqrt(6.5);
      const expected = [-2 / root, 3 / root, -2 / root, 3 / root];
      expect(Math.max(...values.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
      expect(locations).toEqual(['gpu-buffer', 'gpu-buffer', 'gpu-buffer']);
      expect(refusals).toEqual({
        shape: 'parameter-length',
        usage: 'unsupported',
        short: 'data-length',
        destroyed: 'backend',
        stranger: 'backend',
        disposed: 'disposed',
      });
      // Those that the device alone can tell: it is asked.
      expect(submitted).toBe(2);
    }, 120_000);
  }
});
