import type { NormCall, Tensor } from '@normlayers/core';
import { tensor } from '@normlayers/core';
import { createNorm, type WasmNorm } from '@normlayers/wasm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FROM_MEMORY, ReadAheadTrial } from '../../src/kernels/read-ahead';

const FEATURES = 768;
const ROWS = Math.ceil(FROM_MEMORY / 4 / FEATURES) + 5;

function numbers(shape: readonly number[], seed: number): Tensor {
  const data = new Float32Array(shape.reduce((all, one) => all * one, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * 0.37 + seed) * 3 + (i % 7) + 100;
  return tensor(data, shape);
}

/** The bits of all that a call on tensors in the kernels' memory gives, by name: to compare them as buffers is quick. */
function resultsOf(norm: WasmNorm, call: NormCall): Record<string, Buffer> {
  const resident = Object.fromEntries(
    Object.entries(call).map(([name, value]) => [
      name,
      typeof value === 'object' ? norm.upload(value) : value,
    ]),
  ) as NormCall<ReturnType<WasmNorm['upload']>>;
  const results = Object.entries(norm.runResident(resident));
  const read = Object.fromEntries(
    results.map(([name, value]) => {
      const { buffer, byteOffset, byteLength } = norm.read(value).data;
      return [name, Buffer.from(buffer, byteOffset, byteLength)];
    }),
  );
  for (const [, value] of results) value.dispose();
  for (const value of Object.values(resident)) if (typeof value === 'object') value.dispose();
  return read;
}

function expectSame(results: Record<string, Buffer>, expected: Record<string, Buffer>): void {
  expect(Object.keys(results)).toEqual(Object.keys(expected));
  for (const [name, bits] of Object.entries(expected)) {
    expect(Buffer.compare(results[name] as Buffer, bits), name).toBe(0);
  }
}

const [gamma, beta, x] = [numbers([FEATURES], 1), numbers([FEATURES], 2), numbers([ROWS, FEATURES], 3)];
const dy = numbers([ROWS, FEATURES], 4);
const CALLS = {
  forward: { op: 'layerNorm', mode: 'training', x, gamma, beta },
  backward: { op: 'layerNorm', mode: 'backward', x, gamma, dy },
} as const satisfies Record<string, NormCall>;

test.each(['forward', 'backward'] as const)(
  '%s: both forms, and the calls that time them, give the same bits',
  async (direction) => {
    const [alone, ahead, found] = await Promise.all([
      createNorm({ readAhead: false }),
      createNorm({ readAhead: true }),
      createNorm(),
    ]);
    const expected = resultsOf(alone, CALLS[direction]);
    expectSame(resultsOf(ahead, CALLS[direction]), expected);
    for (let i = 0; i < 500 && found.kernel.readAhead[direction] === null; i++) {
      expectSame(resultsOf(found, CALLS[direction]), expected);
    }
    expect(found.kernel.readAhead[direction]).toBeTypeOf('boolean');
    expect(alone.kernel.readAhead[direction]).toBe(false);
    expect(ahead.kernel.readAhead[direction]).toBe(true);
    // Once a process: another norm knows it before its first call.
    const later = await createNorm();
    expect(later.kernel).toEqual(found.kernel);
    for (const norm of [alone, ahead, found, later]) norm.dispose();
  },
);

test('rows of any length, with a rest that fills no vector, are the same bits in both forms', async () => {
  const [alone, ahead] = await Promise.all([
    createNorm({ readAhead: false }),
    createNorm({ readAhead: true }),
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 3000 }),
      fc.constantFrom('layerNorm', 'rmsNorm'),
      (features, op) => {
        const rows = Math.ceil(FROM_MEMORY / 4 / features) + 1;
        const shape = [rows, features];
        for (const call of [
          { op, mode: 'inference', x: numbers(shape, 5) },
          { op, mode: 'backward', x: numbers(shape, 5), dy: numbers(shape, 6) },
        ] as NormCall[]) {
          expectSame(resultsOf(ahead, call), resultsOf(alone, call));
        }
      },
    ),
    { numRuns: 4 },
  );
  alone.dispose();
  ahead.dispose();
});

/** Rows that take `alone` or `ahead` ms each by a clock of steps. */
function timed({ alone, ahead, step = 0.001 }: { alone: number; ahead: number; step?: number }) {
  let now = 0;
  // Each look takes a while, or a clock of steps would never move.
  const trial = new ReadAheadTrial(() => Math.floor((now += 1e-4) / step) * step);
  const parts: [number, number, boolean][] = [];
  const call = (rows: number) => {
    parts.length = 0;
    trial.run('rowsForward', rows, (begin, end, isAhead) => {
      parts.push([begin, end, isAhead]);
      now += (end - begin) * (isAhead ? ahead : alone);
    });
  };
  const calls = (rows: number) => {
    let count = 0;
    while (trial.outcome('rowsForward') === null && count < 1000) {
      call(rows);
      count++;
    }
    return count;
  };
  return { trial, parts, call, calls };
}

test('the first call is not timed; then both forms take turns over parts of 32 rows or a multiple', () => {
  const { parts, call } = timed({ alone: 1, ahead: 1 });
  call(1000);
  expect(parts).toEqual([[0, 1000, false]]);
  call(1000);
  expect(parts.map(([, , isAhead]) => isAhead).slice(0, 8)).toEqual([
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
  expect(
    parts
      .map(([begin, end]) => end - begin)
      .slice(0, -1)
      .every((rows) => rows % 32 === 0),
  ).toBe(true);
  expect(parts[0]?.[0]).toBe(0);
  expect(parts.at(-1)?.[1]).toBe(1000);
  for (let i = 1; i < parts.length; i++) expect(parts[i]?.[0]).toBe(parts[i - 1]?.[1]);
});

test('reading ahead is taken where it is 10 % faster, and else not; another kernel is another question', () => {
  for (const [ahead, expected] of [
    [0.00075, true],
    [0.00089, true],
    [0.00092, false],
    [0.00128, false],
  ] as const) {
    const { trial, calls } = timed({ alone: 0.001, ahead });
    expect(calls(4096)).toBeLessThan(20);
    expect(trial.outcome('rowsForward')).toBe(expected);
    expect(trial.outcome('rowsBackward')).toBeNull();
  }
});

test('calls in which something else had the processor do not decide', () => {
  let now = 0;
  let calls = 0;
  const trial = new ReadAheadTrial(() => (now += 1e-4));
  while (trial.outcome('rowsForward') === null && calls++ < 1000) {
    trial.run('rowsForward', 4096, (begin, end, isAhead) => {
      now += (end - begin) * 0.00025;
      // Every twentieth call loses 20 ms in a part that reads nothing ahead.
      if (calls % 20 === 2 && begin === 0 && !isAhead) now += 20;
    });
  }
  expect(calls).toBeLessThan(100);
  expect(trial.outcome('rowsForward')).toBe(false);
});

test('a clock of 0.1 ms is asked for longer', () => {
  const { trial, calls } = timed({ alone: 0.00025, ahead: 0.0002, step: 0.1 });
  expect(calls(4096)).toBeGreaterThan(10);
  expect(trial.outcome('rowsForward')).toBe(true);
});

test('few rows are too few to be timed', () => {
  const { trial, parts, call } = timed({ alone: 1, ahead: 1 });
  for (let i = 0; i < 5; i++) call(100);
  expect(parts).toEqual([[0, 100, false]]);
  expect(trial.outcome('rowsForward')).toBeNull();
});
