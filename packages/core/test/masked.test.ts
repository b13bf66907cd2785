// Masks by hand: what PyTorch's formulas give of the valid elements alone, and 0 elsewhere.
import { type NormCall, type NormResult, type Tensor, tensor } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectClose, float64, normals, numbers } from './tensors';

const results = (call: NormCall): NormResult => compute(call);

// Two samples of one channel, lengths 3 and 1 of 4. Valid: 1, 3, 5 and 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5; with
// epsilon 4 the root is 3. PyTorch's running variance: 5 * 4 / 3.
const X = [1, 3, 5, 99, 7, NaN, Infinity, -1e30];
const MASK = [1, 1, 1, 0, 1, 0, 0, 0];
const x = float64(X, [2, 1, 4]);
const mask = float64(MASK, [2, 4]);

test('batchNorm of two sequences', () => {
  const running = {
    runningMean: float64([0]),
    runningVar: float64([1]),
    convention: 'pytorch',
    momentum: 0.5,
  } as const;
  const call = { op: 'batchNorm', x, mask, epsilon: 4, gamma: float64([3]), ...running } as const;
  const { y, mean, invStd, runningMean, runningVar } = results({ ...call, mode: 'training' });
  expect(numbers(y)).toEqual([-3, -1, 1, 0, 3, 0, 0, 0]);
  expectClose(invStd as Tensor, [1 / 3], 1e-15);
  expect([...numbers(mean), ...numbers(runningMean)]).toEqual([4, 2]);
  expectClose(runningVar as Tensor, [0.5 + (0.5 * 5 * 4) / 3], 1e-15);

  // dy of valid elements [6, 0, 0, 3]: dbeta 9, dgamma = 6 * -1 + 3 * 1 = -3; what stands beside them counts for nothing.
  const dy = float64([6, 0, 0, 8, 3, 8, 8, NaN], [2, 1, 4]);
  const back = results({ op: 'batchNorm', mode: 'backward', x, mask, dy, epsilon: 4 });
  expectClose(back.dgamma as Tensor, [-3], 1e-15);
  expectClose(back.dbeta as Tensor, [9], 1e-15);
  // dx = (dy - 9/4 - xhat * -3/4) / 3 with xhat [-1, -1/3, 1/3, 1].
  const dx = [6, 0, 0, 3].map((d, i) => (d - 2.25 + (0.75 * (2 * i - 3)) / 3) / 3);
  expectClose(back.dx as Tensor, [dx[0], dx[1], dx[2], 0, dx[3], 0, 0, 0], 1e-15);

  const given = { mean: float64([1]), variance: float64([0]) };
  const fixed = results({ op: 'batchNorm', mode: 'inference', x, mask, epsilon: 4, ...given });
  expect(numbers(fixed.y)).toEqual([0, 1, 2, 0, 3, 0, 0, 0]);
});

test('instanceNorm and groupNorm: each sample has its own length, and one may have none', () => {
  const three = float64([...X, 5, 5, 5, 5], [3, 1, 4]);
  const lengths = float64([...MASK, 0, 0, 0, 0], [3, 4]);
  for (const form of [{ op: 'instanceNorm' }, { op: 'groupNorm', groups: 1 }] as const) {
    // 1, 3, 5: mean 3, variance 8/3, and with epsilon 4/3 the root is 2. 7 alone: 0, invStd sqrt(3/4).
    const call = { ...form, x: three, mask: lengths, epsilon: 4 / 3 } as const;
    const { y, mean, invStd } = results({ ...call, mode: 'training' });
    expectClose(y as Tensor, [-1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1e-15);
    expectClose(mean as Tensor, [3, 7, 0], 1e-15);
    expectClose(invStd as Tensor, [0.5, Math.sqrt(0.75), Math.sqrt(0.75)], 1e-15);
    const dy = float64([1, 1, 4, 9, 2, 9, 9, 9, 9, 9, 9, 9], [3, 1, 4]);
    const { dgamma, dbeta, dx } = results({ ...call, mode: 'backward', dy });
    // xhat [-1, 0, 1] and 0: dgamma = -1 + 4, dbeta = 1 + 1 + 4 + 2. dx = (dy - 2 - xhat) / 2.
    expectClose(dgamma as Tensor, [3], 1e-15);
    expectClose(dbeta as Tensor, [8], 1e-15);
    expectClose(dx as Tensor, [0, -0.5, 0.5, ...Array(9).fill(0)], 1e-15);
  }
});

test('a mask of ones changes nothing, in either layout', () => {
  const seeds = fc.record({
    seed: fc.nat(),
    last: fc.boolean(),
    op: fc.constantFrom('batchNorm', 'instanceNorm', 'groupNorm'),
  });
  fc.assert(
    fc.property(seeds, ({ seed, last, op }) => {
      const shape = last ? [2, 3, 5, 4] : [2, 4, 3, 5];
      const form = {
        op,
        layout: last ? 'channels-last' : 'channels-first',
        ...(op === 'groupNorm' ? { groups: 2 } : {}),
      };
      const [x, dy] = [float64(normals(120, seed), shape), float64(normals(120, seed + 1), shape)];
      const gamma = float64(normals(4, seed + 2));
      const ones = float64(Array(30).fill(1), last ? [2, 3, 5] : [2, 3, 5]);
      for (const mode of ['training', 'backward']) {
        const call = {
          ...form,
          mode,
          x,
          gamma,
          ...(mode === 'backward' ? { dy } : {}),
        } as unknown as NormCall;
        const [masked, plain] = [results({ ...call, mask: ones } as NormCall), results(call)];
        expect(Object.keys(masked)).toEqual(Object.keys(plain));
        for (const [name, value] of Object.entries(plain))
          expectClose(masked[name as 'y'] as Tensor, value, 1e-12);
      }
    }),
    { numRuns: 20 },
  );
});

test('nothing valid: y is 0 in inference, and training is refused', () => {
  const none = float64([0, 0, 0, 0, 0, 0, 0, 0], [2, 4]);
  const given = { mean: float64([1]), variance: float64([1]) };
  const { y } = results({ op: 'batchNorm', mode: 'inference', x, mask: none, ...given });
  expect(numbers(y)).toEqual(Array(8).fill(0));
  expect(() => results({ op: 'batchNorm', mode: 'training', x, mask: none })).toThrow(
    expect.objectContaining({ code: 'empty-statistics' }),
  );
  expect(() => compute({ op: 'batchNorm', mode: 'training', x, mask: tensor([1, 1]) } as never)).toThrow(
    expect.objectContaining({ code: 'shape', argument: 'mask' }),
  );
});
