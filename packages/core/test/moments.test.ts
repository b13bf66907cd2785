// Statistics that come in pieces: whatever the pieces, what one big batch gives, to float64 rounding.
import {
  batchNorm,
  batchNormTraining,
  Moments,
  NormError,
  type Tensor,
  tensor,
  updateRunningStats,
} from '@normlayers/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactGroup } from './exact-arithmetic';
import { expectClose, float64, normals, numbers, of } from './tensors';

const CHANNELS = 3;

/** Samples of [channels] around 1000, cut at some places: the whole and its pieces. */
const cut = fc
  .tuple(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 1e6 }))
  .chain(([samples, seed]) =>
    fc.tuple(
      fc.constant(normals(samples * CHANNELS, seed).map((value) => 1000 + value)),
      fc.uniqueArray(fc.integer({ min: 1, max: samples - 1 }), { maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
    ),
  )
  .map(([data, places, picks]) => {
    const samples = data.length / CHANNELS;
    const edges = [0, ...places.sort((a, b) => a - b), samples];
    const pieces = edges.slice(1).map((end, i) => {
      const values = data.slice(edges[i] * CHANNELS, end * CHANNELS);
      return float64(values, [values.length / CHANNELS, CHANNELS]);
    });
    return { whole: float64(data, [samples, CHANNELS]), pieces, pick: () => picks.next().value as number };
  });

const gathered = (pieces: Tensor[]) => pieces.map((x) => new Moments(CHANNELS).add({ x }));

function expectSame(actual: Moments, whole: Tensor): void {
  const { mean, invStd } = batchNormTraining({ x: whole, epsilon: 0 });
  expect(actual.count).toBe(whole.shape[0]);
  expectClose([...actual.mean], mean, 1e-15 * 4);
  expectClose(
    [...actual.variance],
    numbers(invStd).map((value) => value ** -2),
    1e-9,
  );
  for (let c = 0; c < CHANNELS; c++) {
    const channel = numbers(whole).filter((_, i) => i % CHANNELS === c);
    const exact = exactGroup(channel, 0, true);
    expectClose([actual.mean[c]], [exact.mean], 1e-15);
    const variance = exact.invStd ** -2;
    expect(Math.abs(actual.variance[c] - variance)).toBeLessThanOrEqual(1e-12 * variance);
  }
}

test('chunks one after the other are one batch', () =>
  fc.assert(
    fc.property(cut, ({ whole, pieces }) => {
      const moments = new Moments(CHANNELS);
      for (const x of pieces) moments.add({ x });
      expectSame(moments, whole);
    }),
    { numRuns: 50 },
  ));

test('pieces merged in any order, two at a time, are one batch', () =>
  fc.assert(
    fc.property(cut, ({ whole, pieces, pick }) => {
      const parts = gathered(pieces);
      while (parts.length > 1) {
        const [from] = parts.splice(pick() % parts.length, 1);
        parts[pick() % parts.length].merge(from);
      }
      expectSame(parts[0], whole);
    }),
    { numRuns: 50 },
  ));

test('synchronized Batch Norm: N workers give what one big batch gives', () =>
  fc.assert(
    fc.property(cut, fc.constantFrom('pytorch', 'keras', 'onnx', 'flax'), ({ whole, pieces }, convention) => {
      const running = {
        runningMean: float64([1, 2, 3]),
        runningVar: float64([4, 5, 6]),
        convention,
        momentum: 0.25,
      };
      const parameters = { gamma: float64([1, -2, 3]), beta: float64([0.5, 0, -1]) };
      const alone = batchNormTraining({ x: whole, ...parameters, ...running });

      // Each worker posts its moments as JSON; everyone merges all of them and normalizes its own piece.
      const posted = gathered(pieces).map((moments) => JSON.stringify(moments));
      const all = posted.map((text) => Moments.from(JSON.parse(text))).reduce((sum, next) => sum.merge(next));
      const statistics = all.statistics('float64');
      const y = pieces.flatMap((x) => numbers(batchNorm({ x, ...parameters, ...statistics }).y));
      expectClose(y, alone.y, 1e-9);
      const updated = updateRunningStats(running, all);
      expectClose(updated.runningMean, alone.runningMean!, 1e-14);
      expectClose(updated.runningVar, alone.runningVar!, 1e-12);
    }),
    { numRuns: 50 },
  ));

test('by hand: [1, 3] and [5] have mean 3, variance 8 / 3, over n - 1 4', () => {
  const moments = new Moments(1).add({ x: tensor([1, 3], [2, 1]) }).add({ x: tensor([5], [1, 1]) });
  expect([moments.count, ...moments.mean, ...moments.unbiasedVariance]).toEqual([3, 3, 4]);
  expectClose([...moments.variance], [8 / 3], 1e-15);
});

test('chunks of any layout and type', () => {
  const expected = new Moments(2).add({ x: float64([1, 10, 2, 20, 4, 40], [3, 2]) });
  const first = of('float16', [1, 2, 4, 10, 20, 40], [1, 2, 3]);
  const last = of('float32', [1, 10, 2, 20, 4, 40], [1, 3, 2]);
  expect(new Moments(2).add({ x: first }).toJSON()).toEqual(expected.toJSON());
  expect(new Moments(2).add({ x: last, layout: 'channels-last' }).toJSON()).toEqual(expected.toJSON());
  expect(new Moments(2).add({ x: last, axis: -1 }).toJSON()).toEqual(expected.toJSON());
});

test('a record survives structured cloning, and the moments go on from it', () => {
  const moments = new Moments(1).add({ x: tensor([1, 3], [2, 1]) });
  const copy = Moments.from(structuredClone(moments.toJSON()));
  expect(copy.toJSON()).toEqual(moments.toJSON());
  copy.add({ x: tensor([5], [1, 1]) });
  expect([copy.count, moments.count]).toEqual([3, 2]);
});

test('NaN and infinities survive JSON, as the numbers they are', () => {
  const x = float64([NaN, Infinity, 1, 3, -Infinity, 3], [2, 3]);
  const moments = new Moments(3).add({ x });
  const copy = Moments.from(JSON.parse(JSON.stringify(moments)));
  expect([...copy.mean]).toEqual([...moments.mean]);
  expect([...copy.variance]).toEqual([...moments.variance]);
  expect(copy.mean[0]).toBe(NaN);
  expect(copy.toJSON()).toEqual(moments.toJSON());
});

test('a chunk without samples counts for nothing, but must fit', () => {
  const some = new Moments(2).add({ x: tensor([1, 2, 3, 4], [2, 2]) });
  const record = some.toJSON();
  expect(some.add({ x: tensor([], [0, 2]) }).toJSON()).toEqual(record);
  expect(new Moments(2).add({ x: tensor([], [0, 2]) }).count).toBe(0);
  expect(new Moments(2).add({ x: tensor([], [4, 2, 0]) }).count).toBe(0);
  expect(() => some.add({ x: tensor([], [0, 3]) })).toThrow(
    expect.objectContaining({ code: 'parameter-length', argument: 'x' }),
  );
  expect(() => some.add({ x: tensor([], [0, 2]), eps: 1 } as never)).toThrow(
    expect.objectContaining({ code: 'unknown-argument' }),
  );
});

test.each<[string, unknown, string, string]>([
  ['a count below 0', { count: -3, mean: [1], squares: [1] }, 'data-length', 'count'],
  ['half an element', { count: 1.5, mean: [1], squares: [1] }, 'data-length', 'count'],
  ['lists of two lengths', { count: 3, mean: [1, 2], squares: [1] }, 'data-length', 'squares'],
  ['no channels', { count: 0, mean: [], squares: [] }, 'data-length', 'squares'],
  ['null, which JSON makes of NaN', { count: 3, mean: [null], squares: [1] }, 'dtype', 'mean'],
  ['text', { count: 3, mean: [1], squares: ['1'] }, 'dtype', 'squares'],
  ['a sum of squares below 0', { count: 3, mean: [1], squares: [-1] }, 'dtype', 'squares'],
  ['no list', { count: 3, mean: 1, squares: [1] }, 'dtype', 'mean'],
])('a record with %s is refused', (_, record, code, argument) => {
  expect(() => Moments.from(record as never)).toThrow(expect.objectContaining({ code, argument }));
});

describe('nothing yet', () => {
  test('no count, and no variance', () => {
    const none = new Moments(2);
    expect([none.count, ...none.mean, ...none.variance, ...none.unbiasedVariance]).toEqual([
      0,
      0,
      0,
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
    expect([...new Moments(1).add({ x: tensor([5], [1, 1]) }).unbiasedVariance]).toEqual([NaN]);
  });

  test('merging it changes nothing, merging into it copies', () => {
    const some = new Moments(1).add({ x: tensor([1, 3], [2, 1]) });
    const record = some.toJSON();
    expect(some.merge(new Moments(1)).toJSON()).toEqual(record);
    expect(new Moments(1).merge(some).toJSON()).toEqual(record);
  });

  test('no running statistics can be brought forward by it', () => {
    for (const convention of ['pytorch', 'keras'] as const) {
      const running = { runningMean: tensor([0]), runningVar: tensor([1]), convention };
      expect(() => updateRunningStats(running, new Moments(1))).toThrow(NormError);
    }
  });
});

test('numbers whose square overflows: constant channels at 1e200 and 1e300', () => {
  const x = float64([1e200, 1e300, 1e200, 1e300], [2, 2]);
  const moments = new Moments(2).add({ x }).add({ x });
  expect([...moments.mean, ...moments.variance]).toEqual([1e200, 1e300, 0, 0]);
});

test('a channel with NaN is lost, the others are not', () => {
  const moments = new Moments(2)
    .add({ x: tensor([1, NaN, 3, 4], [2, 2]) })
    .add({ x: tensor([5, 6], [1, 2]) });
  expect([moments.mean[0], moments.variance[0] * 3]).toEqual([3, 8]);
  expect([moments.mean[1], moments.variance[1]]).toEqual([NaN, NaN]);
});

test.each<[string, () => unknown, string]>([
  ['no channels', () => new Moments(0), 'shape'],
  ['half a channel', () => new Moments(1.5), 'shape'],
  [
    'a chunk of other channels',
    () => new Moments(2).add({ x: tensor([1, 2, 3], [1, 3]) }),
    'parameter-length',
  ],
  ['other moments of other channels', () => new Moments(2).merge(new Moments(3)), 'parameter-length'],
  ['a chunk of rank 1', () => new Moments(2).add({ x: tensor([1, 2]) }), 'rank'],
  [
    'running statistics of other channels',
    () =>
      updateRunningStats(
        { runningMean: tensor([0, 0]), runningVar: tensor([1, 1]), convention: 'onnx' },
        new Moments(1).add({ x: tensor([1, 2], [2, 1]) }),
      ),
    'parameter-length',
  ],
  [
    'one element where n - 1 is needed',
    () =>
      updateRunningStats(
        { runningMean: tensor([0]), runningVar: tensor([1]), convention: 'pytorch' },
        new Moments(1).add({ x: tensor([1], [1, 1]) }),
      ),
    'unbiased-variance',
  ],
])('refuses %s', (_, run, code) => {
  expect(run).toThrow(NormError);
  expect(run).toThrow(expect.objectContaining({ code }));
});
