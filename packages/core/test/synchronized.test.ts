// Synchronized Batch Norm: workers that share their sums give what one worker with the whole batch gives.
import {
  batchNormBackward,
  Moments,
  NormError,
  synchronizedBackward,
  type Tensor,
  tensor,
} from '@normlayers/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectClose, float64, normals, numbers } from './tensors';

const CHANNELS = 3;
const piece = (values: number[]) => float64(values, [values.length / CHANNELS, CHANNELS]);
const sumOf = (parts: readonly Tensor[]) =>
  float64(numbers(parts[0]).map((_, c) => parts.reduce((sum, { data }) => sum + data[c], 0)));

test('by hand: [1, 3] and [5, 7] on two workers', () => {
  // n = 4, mean 4, variance 5, epsilon 4: invStd = 1/3. dy = [3, 0], [0, 0]:
  // xhat = [-1, -1/3, 1/3, 1], sum(dy) = 3, sum(dy xhat) = -3, dx = (dy - 3/4 + 3/4 xhat) / 3.
  const mean = float64([4]);
  const variance = float64([5]);
  const x = [float64([1, 3], [2, 1]), float64([5, 7], [2, 1])];
  const dy = [float64([3, 0], [2, 1]), float64([0, 0], [2, 1])];
  const parts = x.map((own, i) => batchNormBackward({ x: own, dy: dy[i], mean, variance, epsilon: 4 }));
  const dmean = sumOf(parts.map((part) => part.dmean));
  const dvariance = sumOf(parts.map((part) => part.dvariance));
  const whole = x.map((own, i) =>
    synchronizedBackward({ x: own, dx: parts[i].dx, mean, dmean, dvariance, count: 4 }),
  );
  expectClose(
    whole.flatMap(numbers),
    [(3 - 0.75 - 0.75) / 3, (-0.75 - 0.25) / 3, (-0.75 + 0.25) / 3, 0],
    4e-16,
  );
});

test('however the batch is cut', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.boolean(),
      (samples, seed, first) => {
        const x = normals(samples * CHANNELS, seed).map((value) => 100 + value);
        const dy = normals(samples * CHANNELS, seed + 1);
        const cut = Math.floor(samples / 3) * CHANNELS;
        const cuts = [
          [0, cut],
          [cut, x.length],
        ].filter(([from, to]) => to > from);
        const shaped = (values: number[]) => {
          const { shape, data } = piece(values);
          // One position each: channels first and last are the same order.
          return first ? float64([...data], [...shape, 1]) : piece(values);
        };
        const all = new Moments(CHANNELS);
        for (const [from, to] of cuts) all.add({ x: shaped(x.slice(from, to)) });
        const statistics = all.statistics('float64');
        const gamma = float64([2, -1, 0.5]);
        const parts = cuts.map(([from, to]) => {
          const own = { x: shaped(x.slice(from, to)), dy: shaped(dy.slice(from, to)) };
          return { ...own, ...batchNormBackward({ ...own, gamma, ...statistics }) };
        });
        const dmean = sumOf(parts.map((part) => part.dmean));
        const dvariance = sumOf(parts.map((part) => part.dvariance));
        const { mean } = statistics;
        const got = parts.flatMap((part) =>
          numbers(synchronizedBackward({ x: part.x, dx: part.dx, mean, dmean, dvariance, count: all.count })),
        );
        // x-hat is off by some u |x| invStd, and dx by that times gamma invStd dy. Here |x| is 100, gamma at most 2 and dy
        // at most 4, and few samples may have a small variance.
        const least = Math.min(...numbers(statistics.variance));
        const tolerance = 8 * 2 ** -53 * ((100 * 2 * 4) / Math.min(1, least));
        expectClose(got, numbers(batchNormBackward({ x: shaped(x), dy: shaped(dy), gamma }).dx), tolerance);
      },
    ),
    { numRuns: 50 },
  ));

test.each<[string, object, string, string]>([
  ['a dx of another shape', { dx: tensor([1, 2, 3, 4]) }, 'shape', 'dx'],
  ['sums of other channels', { dmean: tensor([1, 2, 3]) }, 'parameter-length', 'dmean'],
  ['fewer elements than this worker has', { count: 1 }, 'data-length', 'count'],
  ['half an element', { count: 2.5 }, 'data-length', 'count'],
  ['an unknown argument', { n: 2 }, 'unknown-argument', 'n'],
])('refuses %s', (_, wrong, code, argument) => {
  const two = tensor([0, 0]);
  const x = tensor([1, 2, 3, 4], [2, 2]);
  const right = { x, dx: x, mean: two, dmean: two, dvariance: two, count: 2 };
  expect(() => synchronizedBackward(right)).not.toThrow();
  const run = () => synchronizedBackward({ ...right, ...wrong });
  expect(run).toThrow(NormError);
  expect(run).toThrow(expect.objectContaining({ code, argument }));
});
