// The two views, worked out by hand for shapes whose axes all differ.
import { type NormCall, NormError, trailingAxes } from '@normlayers/core';
import { viewOf } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';

const on = (shape: number[]) => ({ mode: 'inference', x: { dtype: 'float32', shape } }) as const;
const view = (call: object) => viewOf(call as NormCall);

describe('channels: Batch Norm', () => {
  const channels = (outer: number, count: number, inner: number) => ({
    family: 'channels',
    outer,
    channels: count,
    inner,
    parameters: { count, inner, shape: [count] },
    statisticsShape: [count],
  });
  test('channels-first: inner is the positions', () => {
    expect(view({ op: 'batchNorm', ...on([2, 3, 5, 7]) })).toEqual(channels(2, 3, 35));
    expect(view({ op: 'batchNorm', ...on([2, 3]) })).toEqual(channels(2, 3, 1));
    expect(view({ op: 'batchNorm', ...on([2, 3, 5, 7, 11]), layout: 'channels-first' })).toEqual(
      channels(2, 3, 385),
    );
  });
  test('channels-last: inner is 1', () => {
    expect(view({ op: 'batchNorm', ...on([2, 3, 5, 7]), layout: 'channels-last' })).toEqual(
      channels(30, 7, 1),
    );
  });
  test('any axis, from either end', () => {
    expect(view({ op: 'batchNorm', ...on([2, 3, 5, 7]), axis: 2 })).toEqual(channels(6, 5, 7));
    expect(view({ op: 'batchNorm', ...on([2, 3, 5, 7]), axis: -4 })).toEqual(channels(1, 2, 105));
    expect(view({ op: 'batchNorm', ...on([6]), axis: 0 })).toEqual(channels(1, 6, 1));
  });
});

describe('rows: Layer and RMS Norm', () => {
  for (const op of ['layerNorm', 'rmsNorm']) {
    test(`${op}: the last axis by default`, () => {
      expect(view({ op, ...on([2, 3, 5]) })).toEqual({
        family: 'rows',
        rows: 6,
        features: 5,
        permutation: null,
        parameters: { count: 5, inner: 1, shape: [5] },
        statisticsShape: [2, 3, 1],
      });
    });
    test(`${op}: axes in the order given, gamma too`, () => {
      expect(view({ op, ...on([2, 3, 5]), axes: [2, 0] })).toEqual({
        family: 'rows',
        rows: 3,
        features: 10,
        permutation: [1, 2, 0],
        parameters: { count: 10, inner: 1, shape: [5, 2] },
        statisticsShape: [1, 3, 1],
      });
      expect(view({ op, ...on([2, 3, 5]), axes: [-2, -1] })).toMatchObject({
        rows: 2,
        features: 15,
        permutation: null,
      });
    });
    test(`${op}: no transpose where the axes that would move are 1 long`, () => {
      expect(view({ op, ...on([4, 1, 5]), axes: [2, 1] })).toMatchObject({
        permutation: null,
        features: 5,
        parameters: { shape: [5, 1] },
      });
      expect(view({ op, ...on([1, 6]), axes: [1, 0] })).toMatchObject({ permutation: null, rows: 1 });
    });
    test(`${op}: no axes at all, and all of them`, () => {
      expect(view({ op, ...on([2, 3]), axes: [] })).toMatchObject({
        rows: 6,
        features: 1,
        parameters: { shape: [] },
        statisticsShape: [2, 3],
      });
      expect(view({ op, ...on([2, 3]), axes: [0, 1] })).toMatchObject({ rows: 1, features: 6 });
      expect(view({ op, ...on([]), axes: [] })).toMatchObject({ rows: 1, features: 1 });
    });
  }
});

describe('rows: Instance and Group Norm', () => {
  test('Instance Norm: N * C rows', () => {
    expect(view({ op: 'instanceNorm', ...on([2, 3, 5, 7]) })).toEqual({
      family: 'rows',
      rows: 6,
      features: 35,
      permutation: null,
      parameters: { count: 3, inner: 35, shape: [3] },
      statisticsShape: [2, 3],
    });
  });
  test('Group Norm: N * groups rows, gamma per channel', () => {
    expect(view({ op: 'groupNorm', groups: 3, ...on([2, 6, 5, 7]) })).toEqual({
      family: 'rows',
      rows: 6,
      features: 70,
      permutation: null,
      parameters: { count: 6, inner: 35, shape: [6] },
      statisticsShape: [2, 3],
    });
  });
  test('channels-last: transposed', () => {
    const last = { layout: 'channels-last', ...on([2, 5, 7, 6]) };
    expect(view({ op: 'groupNorm', groups: 2, ...last })).toMatchObject({
      rows: 4,
      features: 105,
      permutation: [0, 3, 1, 2],
      parameters: { count: 6, inner: 35 },
      statisticsShape: [2, 2],
    });
    expect(view({ op: 'instanceNorm', ...last })).toMatchObject({ rows: 12, permutation: [0, 3, 1, 2] });
    expect(view({ op: 'instanceNorm', layout: 'channels-last', ...on([2, 1, 6]) })).toMatchObject({
      rows: 12,
      features: 1,
      permutation: null,
    });
  });
});

test("trailingAxes turns PyTorch's normalizedShape into axes, or says what does not fit", () => {
  expect(trailingAxes([2, 3, 4], [4])).toEqual([-1]);
  expect(trailingAxes([2, 3, 4], [2, 3, 4])).toEqual([-3, -2, -1]);
  expect(trailingAxes([2, 3, 4], [])).toEqual([]);
  for (const normalizedShape of [[3], [2, 4], [1, 2, 3, 4]]) {
    expect(() => trailingAxes([2, 3, 4], normalizedShape)).toThrow(NormError);
    expect(() => trailingAxes([2, 3, 4], normalizedShape)).toThrow(/^normalizedShape is .* \[2,3,4\]/);
  }
});
