// Residual, dsum and gammaOffset by hand, and that they are what they say: additions around the call without them.
//
// x + residual is the row [1, 2, 3, 4] of hand-arithmetic.test.ts: with epsilon 2.75 invStd = 0.5 and xhat = [-0.75, -0.25,
// 0.25, 0.75]; for RMS Norm with epsilon 8.5 invRms = 0.25.
import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals, numbers, of } from './tensors';

const DTYPES = ['float64', 'float32', 'float16'] as const;
const results = (call: NormCall): NormResult => compute(call);

test.each(DTYPES)('layerNorm of a sum by hand, %s', (dtype) => {
  const t = (data: number[]) => of(dtype, data, [1, 4]);
  const parts = { x: t([0, 3, 1, 5]), residual: t([1, -1, 2, -1]) };
  const forward = { op: 'layerNorm', mode: 'training', ...parts, epsilon: 2.75 } as const;
  const { y, sum, mean, invStd } = compute(forward);
  expect(numbers(y)).toEqual([-0.75, -0.25, 0.25, 0.75]);
  expect(numbers(sum)).toEqual([1, 2, 3, 4]);
  expect([sum?.dtype, sum?.shape]).toEqual([dtype, [1, 4]]);
  expect([...numbers(mean), ...numbers(invStd)]).toEqual([2.5, 0.5]);

  // dy = [4, 0, 0, 8]: mean 3, mean(dy xhat) = (-3 + 6) / 4 = 0.75. dx = 0.5 (dy - 3 - 0.75 xhat) and dsum on top.
  const dsum = t([1, 0, -1, 2]);
  const { dx, dgamma } = results({
    op: 'layerNorm',
    mode: 'backward',
    ...parts,
    dy: t([4, 0, 0, 8]),
    dsum,
    epsilon: 2.75,
  });
  expect(numbers(dx)).toEqual([
    0.5 * (1 + 0.5625) + 1,
    0.5 * (-3 + 0.1875),
    0.5 * (-3 - 0.1875) - 1,
    0.5 * (5 - 0.5625) + 2,
  ]);
  expect(numbers(dgamma)).toEqual([-3, 0, 0, 6]);
});

test.each(DTYPES)('gemma’s gamma by hand, %s', (dtype) => {
  const x = of(dtype, [1, 2, 3, 4], [1, 4]);
  const gamma = of(dtype, [0, 1, -1, 0.5]);
  const rms = { op: 'rmsNorm', x, gamma, gammaOffset: 1, epsilon: 8.5 } as const;
  expect(numbers(compute({ ...rms, mode: 'inference' }).y)).toEqual([0.25, 1, 0, 1.5]);
  // dxhat = dy (1 + gamma) = [4, 0, 0, 0]; mean(dxhat xhat) = 4 * 0.25 / 4 = 0.25; dx = 0.25 (dxhat - 0.25 xhat).
  const dy = of(dtype, [4, 0, 8, 0], [1, 4]);
  const { dx, dgamma } = results({ ...rms, mode: 'backward', dy });
  expect(numbers(dx)).toEqual([0.25 * (4 - 0.0625), -0.25 * 0.125, -0.25 * 0.1875, -0.25 * 0.25]);
  expect(numbers(dgamma)).toEqual([1, 0, 6, 0]);
});

test('y is that of the sum as it is stored, and nothing else of it is rounded', () => {
  const shapes = fc.constantFrom<Readonly<Record<'shape' | 'axes', readonly number[]>>>(
    { shape: [3, 4], axes: [1] },
    { shape: [2, 3, 2], axes: [2, 0] },
  );
  const forms = fc.record({
    ...{ shape: shapes, seed: fc.nat(), dtype: fc.constantFrom(...DTYPES) },
    ...{ op: fc.constantFrom('layerNorm' as const, 'rmsNorm' as const), offset: fc.constantFrom(0, 1) },
  });
  fc.assert(
    fc.property(forms, ({ op, dtype, seed, offset, shape: { shape, axes } }) => {
      const size = shape.reduce((a, b) => a * b);
      const like = (more: number) => of(dtype, normals(size, seed + more), shape);
      const [x, residual, dy] = [like(0), like(1), like(2)];
      const count = axes.reduce((product, axis) => product * shape[axis], 1);
      const gamma = of(dtype, normals(count, seed + 3), [count]);
      const call = { op, axes, gamma, gammaOffset: offset } as const;
      const whole = results({ ...call, mode: 'training', x, residual });
      const sum = whole.sum as Tensor;
      expect(numbers(sum)).toEqual(
        numbers(
          of(
            dtype,
            numbers(x).map((value, i) => value + numbers(residual)[i]),
          ),
        ),
      );
      const { sum: _, ...rest } = whole;
      expect(rest).toEqual(results({ ...call, mode: 'training', x: sum }));
      expect(results({ ...call, mode: 'backward', x, residual, dy })).toEqual(
        results({ ...call, mode: 'backward', x: sum, dy }),
      );
    }),
    { numRuns: 40 },
  );
});
