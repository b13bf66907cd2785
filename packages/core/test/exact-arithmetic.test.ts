// The oracle itself, where the answer is known.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactAffine, exactFixed, exactGroup, fromFixed, toUnits } from './exact-arithmetic';

test('units and back is the same number, for any float64', () =>
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(fromFixed(toUnits(value), 1074n) + 0).toBe(value + 0);
    }),
  ));

test('rounds to nearest, ties to even', () => {
  expect(fromFixed(2n ** 53n + 1n, 0n)).toBe(2 ** 53);
  expect(fromFixed(2n ** 53n + 3n, 0n)).toBe(2 ** 53 + 4);
  expect(fromFixed((2n ** 53n + 1n) * 2n ** 200n + 1n, 200n)).toBe(2 ** 53 + 2);
});

test('[1, 2, 3, 4] with epsilon 2.75: mean 2.5, variance 1.25, root 2', () => {
  const { xhat, mean, invStd } = exactGroup([1, 2, 3, 4], 2.75, true);
  expect([mean, invStd]).toEqual([2.5, 0.5]);
  expect(xhat.map((value) => exactAffine(value, 1, 0).value)).toEqual([-0.75, -0.25, 0.25, 0.75]);
  expect(exactAffine(xhat[3], 2, 10).value).toBe(11.5);
  expect(exactAffine(xhat[3], 2, 10).errorOf(11)).toBe(0.5);
  expect(exactGroup([1, 2, 3, 4], 8.5, false).invStd).toBe(0.25);
  expect(exactAffine(exactFixed(8, 6, 13.25, 2.75), 1, 0).value).toBe(0.5);
});
