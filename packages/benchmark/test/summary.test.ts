import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantile, summarize } from '../src/index';

test('quantiles by hand: between two samples by linear interpolation', () => {
  const samples = [4, 1, 3, 2];
  expect(quantile(samples, 0)).toBe(1);
  expect(quantile(samples, 1)).toBe(4);
  // Positions 0 to 3: the middle is at 1.5, a tenth at 0.3, nine tenths at 2.7.
  expect(quantile(samples, 0.5)).toBe(2.5);
  expect(quantile(samples, 0.1)).toBeCloseTo(1.3, 12);
  expect(quantile(samples, 0.9)).toBeCloseTo(3.7, 12);
  expect(quantile([7], 0.9)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
  expect(samples).toEqual([4, 1, 3, 2]);
});

test('a quantile lies among its samples and does not fall as the fraction rises', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(samples, fraction, fraction, (values, a, b) => {
      const [low, high] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
      expect(high - low).toBeGreaterThanOrEqual(-1e-9 * Math.max(...values));
    }),
  );
});

test('timesMemcpy pairs the rounds: a slow round weighs on both sides and not on the ratio', () => {
  // In the second and third round the machine ran at a tenth of its speed. Medians: 20 and 10, a ratio of 2; but a
  // contender that was twice memcpy in each round is twice memcpy also where the medians fall on different rounds.
  const { medianMs, timesMemcpy } = summarize([2, 20, 20], [1, 10, 10]);
  expect(medianMs).toBe(20);
  expect(timesMemcpy).toBe(2);
  // Ratios 3, 3 and 1: their median, 3, where the ratio of the medians would be 6 / 4.
  expect(summarize([3, 6, 12], [1, 2, 12]).timesMemcpy).toBe(3);
});
