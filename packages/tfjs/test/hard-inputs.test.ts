import { judge, truthOfCall } from '@normlayers/conformance';
import { type NormCall, type NormResult, type Tensor, tensor } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import { beforeAll, describe, expect, test } from 'vitest';
import { tfjsAdapter } from '../src/index';
import { MANY_NUMBERS, tf } from './backends';
import { normal } from './tensors';

const FEATURES = 67;

/** Rows of one kind each, that the conformance suite does not have: `value(standard normal number)`. */
const KINDS: Record<string, (z: number) => number> = {
  'near the largest': (z) => 3.4e38 * Math.tanh(z),
  'at 1e-30, offset 1e-28': (z) => 1e-28 + 1e-30 * z,
  'of two values': (z) => (z > 0 ? 0.1 : 0.3),
  'one far out': (z) => (z > 2 ? 1e6 : z),
};

function rowsOf(value: (z: number) => number, rows = 3, features = FEATURES, seed = 2): Tensor {
  const z = normal([rows, features], seed);
  return { ...z, data: Float32Array.from(z.data, value) };
}

/** The same groups for each operation, and the channels view in both layouts. */
function callsOn(rows: Tensor, epsilon: number): NormCall[] {
  const [count, features] = rows.shape as [number, number];
  const turned = {
    ...rows,
    shape: [features, count],
    data: Float32Array.from(
      rows.data,
      (_, i) => rows.data[(i % count) * features + Math.floor(i / count)] as number,
    ),
  };
  const dy = normal([count, features], 3);
  const given = [
    { op: 'layerNorm', x: rows },
    { op: 'rmsNorm', x: rows },
    { op: 'instanceNorm', x: { ...rows, shape: [1, count, features] } },
    { op: 'groupNorm', x: { ...rows, shape: [1, count, features] }, groups: count },
    { op: 'batchNorm', x: turned, layout: 'channels-last' },
    { op: 'batchNorm', x: { ...rows, shape: [1, count, features] } },
  ];
  return given.flatMap((call) => [
    { ...call, mode: 'training', epsilon } as NormCall,
    { ...call, mode: 'backward', epsilon, dy: { ...dy, shape: call.x.shape } } as NormCall,
  ]);
}

describe.each(MANY_NUMBERS)('tfjs/$name', ({ backend, fused }) => {
  const adapter = tfjsAdapter({ tf, backend, fused });
  beforeAll(async () => void (await tf.setBackend(backend)));

  async function faultsOf(call: NormCall): Promise<readonly unknown[]> {
    return judge((await adapter.run(call)) as NormResult, truthOfCall(call)).faults;
  }

  describe.each(Object.keys(KINDS))('rows %s', (kind) => {
    test.each([0, 1e-5, 1])('epsilon %s', async (epsilon) => {
      for (const call of callsOn(rowsOf(KINDS[kind] as (z: number) => number), epsilon)) {
        expect(await faultsOf(call), `${call.op} ${call.mode}`).toEqual([]);
      }
    });
  });

  test.each([0, 1e-5])('constant rows are exactly beta, epsilon %s', async (epsilon) => {
    const beta = normal([FEATURES], 4);
    for (const value of [0, 1.1, -0.3, 1e6 + 0.1, 1e30, 1e-40, 3.3e38]) {
      const x = rowsOf(() => value);
      const training = { op: 'layerNorm', mode: 'training', x, beta, epsilon } as const;
      const { y, mean, invStd } = await adapter.run(training);
      for (let row = 0; row < 3; row++) {
        expect([...y.data.subarray(row * FEATURES, (row + 1) * FEATURES)]).toEqual([...beta.data]);
      }
      expect([...mean.data]).toEqual(Array(3).fill(Math.fround(value)));
      const expected = 1 / Math.sqrt(epsilon);
      for (const one of invStd.data)
        expect(one === expected || Math.abs(one / expected - 1) < 2 ** -23).toBe(true);
    }
  });

  test.each([65537, 100003])('%i features at 1e6, and of two values', async (features) => {
    for (const value of [(z: number) => 1e6 + z, KINDS['of two values'] as (z: number) => number]) {
      const call: NormCall = { op: 'layerNorm', mode: 'training', x: rowsOf(value, 2, features) };
      expect(await faultsOf(call)).toEqual([]);
    }
  });

  test('65536 rows in a channel: Batch Norm in both layouts', async () => {
    const x = normal([65536, 2], 5, 1e4, 1);
    for (const call of [
      { op: 'batchNorm', mode: 'training', x },
      { op: 'batchNorm', mode: 'training', x: { ...x, shape: [64, 2, 1024] } },
      { op: 'batchNorm', mode: 'backward', x, dy: normal([65536, 2], 6) },
    ] as NormCall[]) {
      expect(await faultsOf(call)).toEqual([]);
    }
  });

  test.each([Number.NaN, Infinity, -Infinity])('%s makes its own row NaN and no other', async (bad) => {
    for (const call of callsOn(
      rowsOf((z) => z),
      1e-5,
    )) {
      if (call.mode !== 'training') continue;
      const clean = compute(call).y.data;
      const at = call.x.shape[0] === FEATURES ? 3 * 5 + 1 : FEATURES + 5;
      const x = { ...call.x, data: Float32Array.from(call.x.data) };
      x.data[at] = bad;
      const { y } = await adapter.run({ ...call, x });
      const inRow = (i: number) => (x.shape[0] === FEATURES ? i % 3 : Math.floor(i / FEATURES)) === 1;
      y.data.forEach((value, i) => {
        if (inRow(i)) expect(value, `${call.op} ${i}`).toBeNaN();
        else expect(Math.abs(value - (clean[i] as number))).toBeLessThan(1e-5);
      });
    }
  });

  test('rows of every kind side by side do not disturb each other', async () => {
    const kinds = Object.values(KINDS).map((value) => rowsOf(value, 1));
    const x = tensor(Float32Array.from(kinds.flatMap(({ data }) => [...data])), [kinds.length, FEATURES]);
    const together = await adapter.run({ op: 'layerNorm', mode: 'inference', x, epsilon: 0 });
    for (const [row, alone] of kinds.entries()) {
      const { y } = await adapter.run({ op: 'layerNorm', mode: 'inference', x: alone, epsilon: 0 });
      expect([...together.y.data.subarray(row * FEATURES, (row + 1) * FEATURES)]).toEqual([...y.data]);
    }
  });

  test('x and the given mean both at 1e4: nothing cancels', async () => {
    const x = normal([2, 3, 9], 7, 1e4, 1);
    const mean = normal([3], 8, 1e4, 1);
    for (const extra of [{ mode: 'inference' }, { mode: 'backward', dy: normal([2, 3, 9], 9) }]) {
      const call = { op: 'batchNorm', x, mean, variance: tensor([0.5, 1, 2]), ...extra } as NormCall;
      expect(await faultsOf(call)).toEqual([]);
    }
  });
});
