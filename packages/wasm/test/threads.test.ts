import type { Worker } from 'node:worker_threads';
import { type NormCall, type NormResult, tensor } from '@normlayers/core';
import { expectAccurate } from '@normlayers/testing';
import { FULL } from '@normlayers/testing/full-run';
import { createNorm, threadsUnavailable, wasmThreadsAdapter } from '@normlayers/wasm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const RUNS = FULL ? 20 : 5;

/** Workers that have started and not ended. Their handles are unreferenced: getActiveResourcesInfo() lists none of them. */
const alive = new Set<Worker>();
const onWorker = (worker: Worker) => {
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
};
/** Those that have started since, and not ended: others may end meanwhile. */
const aliveBeside = (before: ReadonlySet<Worker>) => [...alive].filter((worker) => !before.has(worker));
beforeAll(() => {
  process.on('worker', onWorker);
});
afterAll(() => {
  process.off('worker', onWorker);
});

function numbers(length: number, shape: number[]) {
  return tensor(
    Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) + ((i * 7919) % 13) / 13),
    shape,
  );
}

const shape = [1024, 512];
const x = numbers(1024 * 512, shape);
const maps = numbers(16 * 32 * 32 * 32, [16, 32, 32, 32]);
const wide = numbers(512 * 1024, [512, 1024]);

/** Large enough for several threads: rows, stretches, and columns. */
const calls: readonly (NormCall & { title: string })[] = [
  { title: 'rows', op: 'layerNorm', mode: 'inference', x, gamma: numbers(512, [512]) },
  { title: 'rows, training', op: 'layerNorm', mode: 'training', x },
  { title: 'rows, backward', op: 'layerNorm', mode: 'backward', x, dy: x, gamma: numbers(512, [512]) },
  { title: 'channels', op: 'batchNorm', mode: 'training', x: maps, gamma: numbers(32, [32]) },
  { title: 'channels, backward', op: 'batchNorm', mode: 'backward', x: maps, dy: maps },
  {
    title: 'groups, backward',
    op: 'groupNorm',
    mode: 'backward',
    groups: 4,
    x: maps,
    dy: maps,
    gamma: numbers(32, [32]),
  },
  { title: 'columns', op: 'batchNorm', mode: 'training', x: wide },
  { title: 'columns, backward', op: 'batchNorm', mode: 'backward', x: wide, dy: wide },
];

describe.skipIf(threadsUnavailable() !== null)('threads', () => {
  let adapter: Awaited<ReturnType<typeof wasmThreadsAdapter>>;
  beforeAll(async () => void (adapter = await wasmThreadsAdapter({ threads: 3, relaxed: false })));
  afterAll(() => adapter.dispose());

  test.each(calls)('$title: right, run after run', async ({ title: _, ...call }) => {
    const prepared = await adapter.prepare(call as NormCall);
    for (let i = 0; i < RUNS; i++) await prepared.run();
    expectAccurate(call as NormCall, (await prepared.read()) as NormResult);
    await prepared.dispose();
  });

  test('many small and large calls in turn give what one thread gives', async () => {
    const one = await createNorm({ relaxed: false });
    const many = await createNorm({ relaxed: false, threads: 2 });
    const small = numbers(12, [3, 4]);
    for (let i = 0; i < 300; i++) {
      const call = { op: 'layerNorm', mode: 'inference', x: i % 3 === 0 ? x : small } as const;
      const place = many.upload(call.x);
      const { y } = many.runResident({ ...call, x: place });
      const expected = one.run(call).y.data;
      const got = many.read(y).data;
      expect(got.length).toBe(expected.length);
      expect(got.every((value, j) => value === expected[j])).toBe(true);
      y.dispose();
      place.dispose();
    }
    one.dispose();
    many.dispose();
  });

  test('one thread that cannot start lets the others go, and threadsUnavailable() says why', async () => {
    const { startWorkers } = await import('../src/threads/start-workers');
    const { threadsUnavailable: unavailable } = await import('../src/threads/threads-unavailable');
    const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const unshared = new WebAssembly.Memory({ initial: 1 });
    const setup = { float32: module, float64: undefined, memory, thread: 1, threads: 3 };
    // A memory that is not shared cannot be sent to a worker.
    const setups = [setup, { ...setup, memory: unshared, thread: 2 }];
    const before = new Set(alive);
    const started = vi.fn();
    process.on('worker', started);
    await expect(startWorkers(setups)).rejects.toMatchObject({
      name: 'NormError',
      code: 'backend',
      message: expect.stringMatching(/^threads were not started: /),
    });
    expect(unavailable()).toMatch(/^threads were not started: /);
    process.off('worker', started);
    expect(started).toHaveBeenCalled();
    await expect.poll(() => aliveBeside(before)).toEqual([]);
    // It is tried again all the same, and then nothing speaks against them.
    (await createNorm({ threads: 2 })).dispose();
    expect(unavailable()).toBeNull();
  });

  test('threads start in Node where its own Worker is the global one, as onnxruntime-web makes it', async () => {
    vi.stubGlobal('Worker', (await import('node:worker_threads')).Worker);
    const norm = await createNorm({ threads: 2 });
    expect(norm.threads).toBe(2);
    norm.dispose();
    vi.unstubAllGlobals();
  });

  test('workers end with dispose', async () => {
    const before = new Set(alive);
    const norms = await Promise.all([1, 2, 3].map(() => createNorm({ threads: 3 })));
    expect(aliveBeside(before)).toHaveLength(6);
    for (const norm of norms) norm.dispose();
    await expect.poll(() => aliveBeside(before)).toEqual([]);
  });
});
