import { planCall } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { benchCall, ladder } from '../src/index';

test('the ladder has the sizes that it promises, for maps in both layouts', () => {
  const shapes = ladder().map(
    ({ op, shape, layout }) => `${op} ${shape.join('x')}${layout ? ` ${layout}` : ''}`,
  );
  for (const wanted of [
    'layerNorm 1x768',
    'layerNorm 128x768',
    'layerNorm 4096x768',
    'layerNorm 1024x4096',
    'layerNorm 32768x1024',
    'batchNorm 1x64x56x56 channels-first',
    'batchNorm 32x64x56x56 channels-first',
    'batchNorm 32x56x56x64 channels-last',
    'batchNorm 8x28x28x256 channels-last',
  ]) {
    expect(shapes).toContain(wanted);
  }
});

test('shapes of your own are the same maps in both layouts, or as they are in the layout that you name', () => {
  const maps = {
    ops: ['batchNorm'],
    shapes: [
      [2, 3, 5, 7],
      [4, 6],
    ],
  } as const;
  const both = ladder(maps).map(({ layout, shape }) => `${layout} ${shape.join('x')}`);
  expect(both).toEqual([
    'channels-first 2x3x5x7',
    'channels-first 4x6',
    'channels-last 2x5x7x3',
    'channels-last 4x6',
  ]);
  const named = ladder({ ...maps, layouts: ['channels-last'] }).map(({ shape }) => shape.join('x'));
  expect(named).toEqual(['2x3x5x7', '4x6']);
});

test('every operation and mode makes a call that is well-formed; numbers are the same in every run', () => {
  const cases = ladder({
    ops: ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'],
    modes: ['inference', 'training', 'backward'],
    dtypes: ['float64', 'float32', 'float16'],
    shapes: [[2, 8, 8]],
  });
  expect(cases).toHaveLength((3 * 2 + 2) * 3 * 3);
  for (const each of cases) {
    const call = benchCall(each);
    expect(() => planCall(call)).not.toThrow();
    expect(benchCall(each)).toEqual(call);
  }
});

test('where numbers are repeated no two rows are alike, and x has mean 0.5 and deviation 1', () => {
  const { x } = benchCall({ op: 'layerNorm', mode: 'inference', dtype: 'float32', shape: [256, 1024] });
  const rows = new Set(
    Array.from({ length: 256 }, (_, row) => x.data.subarray(row * 1024, row * 1024 + 4).join()),
  );
  expect(rows.size).toBe(256);
  const data = x.data as Float32Array;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  expect(mean).toBeCloseTo(0.5, 1);
  expect(variance).toBeCloseTo(1, 1);
});
