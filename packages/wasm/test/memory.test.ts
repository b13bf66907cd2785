import { layerNorm, type NormCall, NormError, tensor } from '@normlayers/core';
import { planCall } from '@normlayers/core/adapter';
import { FULL } from '@normlayers/testing/full-run';
import { createNorm, createNormInPlace, wasmAdapter } from '@normlayers/wasm';
import { expect, test } from 'vitest';
import { Arena } from '../src/memory/arena';

/** Counts are compared exactly, so that few rounds prove them. */
const ROUNDS = FULL ? 10_000 : 500;

const x = tensor(Float32Array.of(1, 3, 10, 30), [2, 2]);
const call = { op: 'layerNorm', mode: 'training', x, epsilon: 0 } as const satisfies NormCall;

test('the arena hands out what it took back, and joins neighbours', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const arena = new Arena(memory, 64, 2 ** 20);
  const blocks = [100, 200, 300].map((bytes) => arena.allocate(bytes));
  expect(blocks).toEqual([64, 192, 448]);
  expect(arena.bytesInUse).toBe(128 + 256 + 320);
  arena.release(blocks[0] as number);
  arena.release(blocks[1] as number);
  // Both together, as one: 384 bytes.
  expect(arena.allocate(384)).toBe(64);
  arena.release(64);
  arena.release(64);
  arena.release(blocks[2] as number);
  expect(arena.bytesInUse).toBe(0);
  expect(arena.allocate(64)).toBe(64);
  expect(memory.buffer.byteLength).toBe(65536);
});

test('blocks of whole pages do not lie a multiple of 4 kB apart', () => {
  const arena = new Arena(new WebAssembly.Memory({ initial: 1 }), 64, 2 ** 20);
  const blocks = [4096, 16384, 8192, 64].map((bytes) => arena.allocate(bytes));
  const places = blocks.map((start) => start % 4096);
  expect(new Set(places).size).toBe(places.length);
  expect(places.every((place) => place % 64 === 0)).toBe(true);
});

test('kernels for float64 are declined by name, and calls on it then refused', async () => {
  const norm = await createNorm({ float64: false });
  expect([...norm.run(call).y.data]).toEqual([-1, 1, -1, 1]);
  const inUse = norm.bytesInUse;
  const wide = tensor(Float64Array.of(1, 3, 10, 30), [2, 2]);
  expect(() => norm.run({ ...call, x: wide })).toThrowError(
    expect.objectContaining({ code: 'backend', message: expect.stringMatching(/float64: false/) }),
  );
  expect(norm.bytesInUse).toBeLessThanOrEqual(inUse);
  norm.dispose();
});

test('memory grows as needed, and not beyond its cap', async () => {
  const norm = await createNorm({ maximumBytes: 2 ** 20 });
  const small = norm.upload(x);
  const inUse = norm.bytesInUse;
  const large = tensor(new Float32Array(2 ** 19), [2 ** 19]);
  expect(() => norm.upload(large)).toThrowError(NormError);
  try {
    norm.upload(large);
  } catch (error) {
    expect(error).toMatchObject({ code: 'out-of-memory' });
    expect((error as Error).message).toMatch(/need 3 MiB of memory; it may grow to 1 MiB/);
  }
  // A row of its own is more than the cap; nothing is kept of the attempt.
  expect(() => norm.run({ ...call, x: { ...large, shape: [1, 2 ** 19] } })).toThrowError(/out|MiB/);
  expect(norm.bytesInUse).toBeLessThanOrEqual(inUse + 1024);
  // And smaller calls go on.
  expect([...norm.run(call).y.data]).toEqual([-1, 1, -1, 1]);
  small.dispose();
  norm.dispose();
});

test('arrays larger than the cap pass through it in blocks', async () => {
  const norm = await createNorm({ maximumBytes: 2 ** 20 });
  const rows = 4096;
  const data = Float32Array.from({ length: rows * 256 }, (_, i) => Math.sin(i));
  const large = {
    op: 'layerNorm',
    mode: 'inference',
    x: tensor(data, [rows, 256]),
  } as const satisfies NormCall;
  const { y } = norm.run(large);
  const { y: expected } = layerNorm(large);
  const off = (y.data as Float32Array).map((value, i) => Math.abs(value - (expected.data[i] as number)));
  expect(off.reduce((most, value) => Math.max(most, value))).toBeLessThan(1e-5);
  expect(norm.bytesInUse).toBeLessThan(2 ** 20);
  norm.dispose();
});

test(`resident results and everything else are given back: ${ROUNDS} rounds in the same memory`, async () => {
  const norm = await createNorm();
  const resident = norm.upload(x);
  const round = () => {
    const { y, mean, invStd } = norm.runResident({ ...call, x: resident });
    for (const tensor of [y, mean, invStd]) tensor.dispose();
  };
  round();
  const before = norm.bytesInUse;
  for (let i = 0; i < ROUNDS; i++) round();
  expect(norm.bytesInUse).toBe(before);
  resident.dispose();
  resident.dispose();
  expect(norm.bytesInUse).toBe(before - 64);
  norm.dispose();
  expect(() => norm.run(call)).toThrowError(/disposed/);
});

test.each(['x', 'gamma', 'dy'] as const)(
  '%s that is disposed of, or of other kernels, is refused, and nothing is kept',
  async (argument) => {
    const [norm, other] = [await createNorm(), await createNorm()];
    const disposed = norm.upload(x);
    const foreign = other.upload(x);
    disposed.dispose();
    const whole = { op: 'layerNorm', mode: 'backward', x: norm.upload(x), dy: norm.upload(x) } as const;
    const inUse = norm.bytesInUse;
    for (const wrong of [disposed, foreign]) {
      const shape = argument === 'gamma' ? { ...wrong, shape: [2] } : wrong;
      const given = argument === 'gamma' ? Object.assign(wrong, shape) : wrong;
      expect(() => norm.runResident({ ...whole, [argument]: given })).toThrowError(
        expect.objectContaining({ name: 'NormError', code: 'disposed', argument }),
      );
    }
    expect(norm.bytesInUse).toBe(inUse);
    norm.dispose();
    for (const use of [() => norm.read(foreign), () => norm.upload(x), () => norm.layerNorm({ x })]) {
      expect(use).toThrowError(expect.objectContaining({ code: 'disposed' }));
    }
    other.dispose();
  },
);

test.each(['inference', 'backward'] as const)(
  'a resident variance below -epsilon is refused, %s, and nothing is kept',
  async (mode) => {
    const norm = await createNorm();
    const own = (numbers: number[], shape?: number[]) => norm.upload(tensor(numbers, shape));
    const x = own([1, 2], [1, 2]);
    const its = { x, mean: own([0, 0]), variance: own([1, -1]), ...(mode === 'backward' ? { dy: x } : {}) };
    const inUse = norm.bytesInUse;
    expect(() => norm.runResident({ op: 'batchNorm', mode, ...its } as never)).toThrowError(
      expect.objectContaining({ name: 'NormError', code: 'variance', argument: 'variance' }),
    );
    expect(norm.bytesInUse).toBe(inUse);
    norm.dispose();
  },
);

test('10,000 calls of the adapter keep nothing on the heap', async () => {
  const adapter = await wasmAdapter();
  const round = async (times: number) => {
    for (let i = 0; i < times; i++) await adapter.run(call);
  };
  await round(500);
  globalThis.gc?.();
  const before = process.memoryUsage();
  await round(10_000);
  globalThis.gc?.();
  const after = process.memoryUsage();
  expect(after.heapUsed - before.heapUsed).toBeLessThan(4e6);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4e6);
  await adapter.dispose();
});

test('over a memory of somebody else nothing is touched but what a call names', async () => {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const bytes = new Uint8Array(memory.buffer).fill(0xa5);
  let next = 4096;
  let held = 0;
  const norm = await createNormInPlace({
    memory,
    allocate(size) {
      held++;
      next += 64;
      const place = next;
      next += Math.ceil(size / 16) * 16;
      return place;
    },
    release: () => void held--,
  });
  const floats = new Float32Array(memory.buffer, 1024, 4);
  floats.set(x.data);
  const results = norm.run(call, planCall(call), { x: 1024, out: 2048, dy: 0 });
  expect([...new Float32Array(memory.buffer, 2048, 4)]).toEqual([-1, 1, -1, 1]);
  expect([...(results.mean?.data ?? [])]).toEqual([2, 20]);
  norm.dispose();
  norm.dispose();
  expect(held).toBe(0);
  const touched = (from: number, to: number) => bytes.subarray(from, to).some((byte) => byte !== 0xa5);
  expect([touched(0, 1024), touched(1040, 2048), touched(2064, 4160), touched(next, bytes.length)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
