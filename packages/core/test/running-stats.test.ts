// The four conventions, by hand. The channel [1, 2, 3, 4, 5] has mean 3, variance 10 / 5 = 2 and, over n - 1, 10 / 4 = 2.5.
// The running statistics before are mean 1 and variance 4.
import {
  batchNormTraining,
  CONVENTIONS,
  type Convention,
  instanceNormTraining,
  type Tensor,
  tensor,
} from '@normlayers/core';
import { runningUpdate } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';
import { expectClose, float64, numbers, of } from './tensors';

const x = float64([1, 2, 3, 4, 5], [5, 1]);
const before = { runningMean: float64([1]), runningVar: float64([4]) };
const after = ({ runningMean, runningVar }: { runningMean?: Tensor; runningVar?: Tensor }) => [
  ...numbers(runningMean),
  ...numbers(runningVar),
];

test.each<[Convention, number | undefined, number, number]>([
  // PyTorch weighs the new batch: 0.75 * 1 + 0.25 * 3 and 0.75 * 4 + 0.25 * 2.5.
  ['pytorch', 0.25, 1.5, 3.625],
  ['pytorch', 0, 1, 4],
  ['pytorch', 1, 3, 2.5],
  // The others weigh the statistics so far: 0.75 * 1 + 0.25 * 3 and 0.75 * 4 + 0.25 * 2.
  ['keras', 0.75, 1.5, 3.5],
  ['onnx', 0.75, 1.5, 3.5],
  ['flax', 0.75, 1.5, 3.5],
  ['keras', 1, 1, 4],
  ['onnx', 0, 3, 2],
  // Defaults: 0.1 of the batch; 0.99, 0.9 and 0.99 of the statistics so far.
  ['pytorch', undefined, 0.9 + 0.3, 3.6 + 0.25],
  ['keras', undefined, 0.99 + 0.03, 3.96 + 0.02],
  ['onnx', undefined, 0.9 + 0.3, 3.6 + 0.2],
  ['flax', undefined, 0.99 + 0.03, 3.96 + 0.02],
])('%s, momentum %s: mean %d, variance %d', (convention, momentum, mean, variance) => {
  expectClose(after(batchNormTraining({ x, ...before, convention, momentum })), [mean, variance], 1e-15);
});

test('the numbers of the conventions are those of the frameworks', () => {
  expect(CONVENTIONS).toEqual({
    pytorch: { momentumWeighs: 'batch', unbiasedVariance: true, epsilon: 1e-5, momentum: 0.1 },
    keras: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-3, momentum: 0.99 },
    onnx: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-5, momentum: 0.9 },
    flax: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-5, momentum: 0.99 },
  });
});

describe('cumulative average', () => {
  const cumulative = { convention: 'pytorch', momentum: null } as const;

  test('the first batch replaces what was there', () => {
    expect(after(batchNormTraining({ x, ...before, ...cumulative, numBatchesTracked: 0 }))).toEqual([3, 2.5]);
  });

  test('the fourth weighs a quarter', () => {
    expect(after(batchNormTraining({ x, ...before, ...cumulative, numBatchesTracked: 3 }))).toEqual([
      1.5, 3.625,
    ]);
  });

  test('of three batches is the plain average of their statistics', () => {
    // Means 3, 6 and 0; variances over n - 1: 2.5, 10 and 0.
    const batches = [x, float64([2, 4, 6, 8, 10], [5, 1]), float64([0, 0, 0, 0, 0], [5, 1])];
    let stats = { runningMean: float64([77]), runningVar: float64([88]) };
    batches.forEach((batch, numBatchesTracked) => {
      const result = batchNormTraining({ x: batch, ...stats, ...cumulative, numBatchesTracked });
      stats = { runningMean: result.runningMean!, runningVar: result.runningVar! };
    });
    expectClose(after(stats), [3, 12.5 / 3], 1e-15);
  });
});

test('one mean and variance per channel, wherever the channels are', () => {
  const first = float64([1, 2, 3, 4, 5, 2, 4, 6, 8, 10], [1, 2, 5]);
  const last = float64([1, 2, 2, 4, 3, 6, 4, 8, 5, 10], [1, 5, 2]);
  const stats = { runningMean: float64([1, 0]), runningVar: float64([4, 2]), convention: 'pytorch' } as const;
  const expected = [0.75 + 0.75, 1.5, 3 + 0.625, 1.5 + 2.5];
  expect(after(batchNormTraining({ x: first, ...stats, momentum: 0.25 }))).toEqual(expected);
  expect(after(batchNormTraining({ x: last, ...stats, momentum: 0.25, layout: 'channels-last' }))).toEqual(
    expected,
  );
});

test("Instance Norm: the mean over the batch of each instance's mean and variance", () => {
  // Instances [1..5] and twice that: means 3 and 6, variances 2 and 8, over n - 1 2.5 and 10.
  const two = float64([1, 2, 3, 4, 5, 2, 4, 6, 8, 10], [2, 1, 5]);
  const halved = { ...before, momentum: 0.5 };
  expect(after(instanceNormTraining({ x: two, ...halved, convention: 'pytorch' }))).toEqual([
    0.5 + 2.25,
    2 + 3.125,
  ]);
  expect(after(instanceNormTraining({ x: two, ...halved, convention: 'keras' }))).toEqual([
    0.5 + 2.25,
    2 + 2.5,
  ]);
});

test('y, mean and invStd do not depend on running statistics, which are not changed in place', () => {
  const plain = batchNormTraining({ x });
  const { runningMean, runningVar, ...rest } = batchNormTraining({ x, ...before, convention: 'onnx' });
  expect(rest).toEqual(plain);
  expect([numbers(before.runningMean), numbers(before.runningVar)]).toEqual([[1], [4]]);
  expect(runningMean!.data).not.toBe(before.runningMean.data);
  expect(runningVar!.data).not.toBe(before.runningVar.data);
});

test('keep the type and shape they came in: float32 beside float16', () => {
  const half = of('float16', [1, 2, 3, 4, 5], [5, 1]);
  const { runningMean, runningVar } = batchNormTraining({
    x: half,
    runningMean: tensor([1]),
    runningVar: of('float16', [4]),
    convention: 'pytorch',
    momentum: 0.25,
  });
  expect([runningMean!.dtype, runningVar!.dtype]).toEqual(['float32', 'float16']);
  expect(after({ runningMean: runningMean!, runningVar: runningVar! })).toEqual([1.5, 3.625]);
});

test('runningUpdate gives the three numbers, for back ends that do the sum themselves', () => {
  expect(runningUpdate({ convention: 'pytorch', momentum: 0.25 }, 5)).toEqual({
    keep: 0.75,
    take: 0.25,
    varianceFactor: 1.25,
  });
  expect(runningUpdate({ convention: 'flax', momentum: 0.75 }, 1)).toEqual({
    keep: 0.75,
    take: 0.25,
    varianceFactor: 1,
  });
  expect(runningUpdate({ convention: 'pytorch', momentum: null, numBatchesTracked: 1 }, 2)).toEqual({
    keep: 0.5,
    take: 0.5,
    varianceFactor: 2,
  });
});
