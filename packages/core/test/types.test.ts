// What the compiler knows of results; `npm run typecheck` holds these lines to it.
import {
  type AsyncNormFunctions,
  batchNormBackward,
  batchNormTraining,
  layerNorm,
  layerNormBackward,
  type NormFunctions,
  rmsNormTraining,
  type Tensor,
  tensor,
} from '@normlayers/core';
import { expect, expectTypeOf, test } from 'vitest';

const x = tensor([1, 3, 5, 9], [2, 2]);

test('y, dx and their data have the type of x', () => {
  const y: Float32Array = layerNorm({ x }).y.data;
  expect(y.length).toBe(4);
  const wide = tensor(Float64Array.of(1, 3), [1, 2]);
  expectTypeOf(layerNormBackward({ x: wide, dy: wide }).dx.data).toEqualTypeOf<Float64Array>();
  const half = tensor(Uint16Array.of(0, 0), [1, 2]);
  expectTypeOf(rmsNormTraining({ x: half, gamma: tensor([1, 1]) }).y.data).toEqualTypeOf<Uint16Array>();
  const unknown = x as Tensor;
  expectTypeOf(layerNorm({ x: unknown }).y).toEqualTypeOf<Tensor>();
});

test('what was given comes back: running statistics, and the gradients of given ones', () => {
  const running = { runningMean: tensor([0, 0]), runningVar: tensor([1, 1]), convention: 'keras' } as const;
  const { runningMean } = batchNormTraining({ x, ...running });
  expectTypeOf(runningMean).toEqualTypeOf<Tensor>();
  expect(runningMean.shape).toEqual([2]);
  const { dmean } = batchNormBackward({ x, dy: x, mean: tensor([0, 0]), variance: tensor([1, 1]) });
  expect(dmean.shape).toEqual([2]);
  const plain = batchNormTraining({ x });
  expectTypeOf(plain.runningMean).toEqualTypeOf<Tensor | undefined>();
});

test('running statistics without a convention, or by half, are a type error', () => {
  const runningMean = tensor([0, 0]);
  const runningVar = tensor([1, 1]);
  // @ts-expect-error
  expect(() => batchNormTraining({ x, runningMean, runningVar })).toThrow('convention is missing');
  // @ts-expect-error
  expect(() => batchNormTraining({ x, runningMean, convention: 'keras' })).toThrow('runningVar');
});

test('a framework’s own kind of tensor goes through the functions, with what more is known of x', () => {
  interface Framed {
    readonly id: number;
  }
  interface Ranked extends Framed {
    readonly rank: 2;
  }
  type Y = ReturnType<typeof y>;
  const y = (norm: NormFunctions<Framed>, ranked: Ranked, framed: Framed) =>
    norm.layerNorm({ x: ranked, gamma: framed }).y;
  expectTypeOf<Y>().toEqualTypeOf<Ranked>();
  const later = (norm: AsyncNormFunctions<Framed>, ranked: Ranked) => norm.rmsNormTraining({ x: ranked });
  expectTypeOf<Awaited<ReturnType<typeof later>>['invRms']>().toEqualTypeOf<Framed>();
});

test('core exports a function for each operation and mode', () => {
  type Missing = Exclude<keyof NormFunctions<Tensor>, keyof typeof import('@normlayers/core')>;
  expectTypeOf<Missing>().toEqualTypeOf<never>();
});
