import type { NormCall, NormResult, Tensor, TensorData } from '@normlayers/core';
import { expectAccurate } from '@normlayers/testing';
import { FULL, fuzzSeed } from '@normlayers/testing/full-run';
import { createNorm, type WasmNorm } from '@normlayers/wasm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCall, anyLongMap } from './random-calls';

const RUNS = FULL
  ? { calls: 20_000, longMaps: 100, resident: 1_000, seed: fuzzSeed() }
  : { calls: 1_000, longMaps: 6, resident: 75, seed: 20_000 };

const GUARD = 0xa5;
const GUARD_ELEMENTS = 8;

/**
 * The call with every array as a view that begins anywhere in a larger one, and room for the result in
 * another.
 */
function misplaced(call: NormCall, shift: number): { call: NormCall; out: TensorData; guarded: Uint8Array } {
  const moved = Object.entries(call).map(([name, value]) => {
    if (typeof value !== 'object') return [name, value];
    const { data } = value as Tensor;
    const larger = new (data.constructor as Float32ArrayConstructor)(data.length + shift);
    larger.set(data as Float32Array, shift);
    return [name, { ...value, data: larger.subarray(shift) }];
  });
  const { data } = call.x;
  const length = data.length + 2 * GUARD_ELEMENTS + shift;
  const whole = new (data.constructor as Float32ArrayConstructor)(length);
  const guarded = new Uint8Array(whole.buffer).fill(GUARD);
  const from = GUARD_ELEMENTS + shift;
  return { call: Object.fromEntries(moved), out: whole.subarray(from, from + data.length), guarded };
}

function expectUntouched(guarded: Uint8Array, out: TensorData): void {
  for (let i = 0; i < guarded.length; i++) {
    if (i === out.byteOffset) i += out.byteLength;
    if (i < guarded.length && guarded[i] !== GUARD)
      throw new Error(`byte ${i - out.byteOffset} beside the result was written`);
  }
}

function expectRight(norm: WasmNorm, call: NormCall, shift: number): void {
  const { call: given, out, guarded } = misplaced(call, shift);
  const results = norm.run(given, out) as NormResult;
  expectUntouched(guarded, out);
  expect((results.y ?? results.dx)?.data).toBe(out);
  expectAccurate(call, results);
}

test(`${RUNS.calls} random calls are right at any alignment, and write nothing beside their result`, async () => {
  // A low cap, so that arrays pass through the memory in blocks of 128 kB: one call in fifty is larger.
  const [alone, ahead] = await Promise.all(
    [false, true].map((readAhead) => createNorm({ relaxed: false, maximumBytes: 2 ** 21, readAhead })),
  );
  const anyShift = fc.integer({ min: 0, max: 7 });
  fc.assert(
    fc.property(anyCall, anyShift, (call, shift) =>
      expectRight(shift % 2 === 0 ? alone : ahead, call, shift),
    ),
    { numRuns: RUNS.calls, seed: RUNS.seed },
  );
  alone.dispose();
  ahead.dispose();
}, 300_000);

test('channels-last maps of many positions are right: rows are joined and written in blocks', async () => {
  const norm = await createNorm({ relaxed: false, maximumBytes: 2 ** 25 });
  fc.assert(
    fc.property(anyLongMap, fc.integer({ min: 0, max: 7 }), (call, shift) => expectRight(norm, call, shift)),
    { numRuns: RUNS.longMaps, seed: RUNS.seed },
  );
  norm.dispose();
}, 120_000);

test('every call leaves resident tensors beside its own as they were', async () => {
  const norm = await createNorm({ relaxed: false });
  fc.assert(
    fc.property(anyCall, (call) => {
      const bystander = () =>
        norm.upload({ dtype: 'float32', shape: [16], data: new Float32Array(16).fill(GUARD) });
      const before = bystander();
      const resident = Object.entries(call).map(([name, value]) => [
        name,
        typeof value === 'object' ? norm.upload(value as Tensor) : value,
      ]);
      const after = bystander();
      const results = norm.runResident(Object.fromEntries(resident)) as unknown as Record<
        string,
        { dispose(): void }
      >;
      const y = (results.y ?? results.dx) as ReturnType<WasmNorm['upload']>;
      const name = call.mode === 'backward' ? 'dx' : 'y';
      const expected = (norm.run(call) as NormResult)[name] as Tensor;
      expect(norm.read(y).data).toEqual(expected.data);
      for (const guard of [before, after])
        expect(norm.read(guard).data.every((value) => value === GUARD)).toBe(true);
      for (const [, value] of resident) if (typeof value === 'object') (value as typeof before).dispose();
      for (const tensor of [before, after, ...Object.values(results)]) tensor.dispose();
    }),
    { numRuns: RUNS.resident, seed: RUNS.seed },
  );
  norm.dispose();
});
