import type { DType, NormCall, NormResult, Tensor } from '@normlayers/core';
import { expectAccurate } from '@normlayers/testing';
import { FULL } from '@normlayers/testing/full-run';
import { createNorm } from '@normlayers/wasm';
import { expect, test } from 'vitest';
import { tensorsFrom } from './random-calls';

/** Uniform numbers of deviation 1, `offset` from 0: the same ones each time. */
function numbers(dtype: DType, shape: readonly number[], offset: number): Tensor {
  return tensorsFrom(12_345, dtype)(shape, offset, Math.sqrt(3));
}

/** How far the mean lies from 0, in deviations. */
const OFFSETS = FULL ? [0, 1, 3, 10] : [3];

// Sums of hundreds of thousands of numbers, in as many as 20,000 stretches, about 0 and one to ten deviations
// from it: what is subtracted before summing is then 0, or a guess.
const long = [
  { op: 'batchNorm', shape: [2000, 4, 49], layout: 'channels-first' },
  { op: 'batchNorm', shape: [20_000, 2, 33], layout: 'channels-first' },
  { op: 'batchNorm', shape: [60_000, 16], layout: 'channels-last' },
  { op: 'batchNorm', shape: [60_000, 7], layout: 'channels-last' },
  { op: 'groupNorm', shape: [1, 4000, 33], layout: 'channels-first', groups: 1 },
  { op: 'layerNorm', shape: [1, 300_000] },
] as const;

for (const dtype of ['float32', 'float64'] as const) {
  // Of float64, whose sums are the same code, every other in the gate.
  const some = long.filter((_, i) => FULL || dtype === 'float32' || i % 2 === 0);
  for (const { shape, ...rest } of some) {
    test(`${rest.op} of ${dtype} [${shape}] is right near and off 0, forward and backward`, async () => {
      const norm = await createNorm();
      const dy = numbers(dtype, shape, 0.5);
      for (const offset of OFFSETS) {
        const x = numbers(dtype, shape, offset);
        for (const mode of ['training', 'backward'] as const) {
          const call = {
            ...rest,
            mode,
            x,
            ...(mode === 'backward' ? { dy } : {}),
          } as unknown as NormCall;
          expectAccurate(call, norm.run(call) as NormResult);
        }
      }
      norm.dispose();
    });
  }
}

test('an infinite dy gives an infinite dbeta, of float64 too, whose sums keep what they lose', async () => {
  const norm = await createNorm();
  for (const dtype of ['float32', 'float64'] as const) {
    for (const layout of ['channels-first', 'channels-last'] as const) {
      const dy = numbers(dtype, [6, 40, 40], 0);
      dy.data[1234] = Infinity;
      const call: NormCall = {
        op: 'batchNorm',
        mode: 'backward',
        layout,
        x: numbers(dtype, [6, 40, 40], 0),
        dy,
      };
      const { dbeta } = norm.run(call) as { dbeta?: Tensor };
      const infinite = dbeta?.data.filter((value: number) => value === Infinity);
      expect(infinite, `${dtype}, ${layout}`).toHaveLength(1);
    }
  }
  norm.dispose();
});
