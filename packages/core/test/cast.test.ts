// Values worked out from the formats: float16 has 11 bits, float32 24.
import { cast, DTYPES, fromBfloat16, tensor } from '@normlayers/core';
import { expect, test } from 'vitest';
import { numbers } from './tensors';

test('rounds once, to nearest, ties to even', () => {
  const x = tensor(Float64Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -24, 65519.99, 65520, -0));
  expect(numbers(cast(x, 'float16'))).toEqual([1, 1 + 2 ** -9, 1, 65504, Infinity, 0]);
  // By way of float32 the first of these would become 1 + 2^-10: both steps round a tie.
  const twice = tensor(Float64Array.of(1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -11 - 2 ** -40));
  expect(numbers(cast(twice, 'float16'))).toEqual([1 + 2 ** -10, 1]);
  expect(numbers(cast(cast(twice, 'float32'), 'float16'))).toEqual([1, 1]);
  expect(Object.is(cast(tensor([-0]), 'float64').data[0], -0)).toBe(true);
});

test('widening is exact, the same type is the same tensor, and the shape is kept', () => {
  const x = tensor([0.1, NaN, Infinity, 2 ** -149], [2, 2]);
  expect(cast(x, 'float32')).toBe(x);
  const wide = cast(x, 'float64');
  expect([wide.dtype, wide.shape, [...wide.data]]).toEqual(['float64', [2, 2], [...x.data]]);
  for (const dtype of DTYPES) expect(cast(x, dtype).shape).toEqual([2, 2]);
});

test('refuses a type that there is not, and tensors that are none', () => {
  const x = tensor([1]);
  expect(() => cast(x, 'bfloat16' as never)).toThrow(
    expect.objectContaining({ code: 'dtype', argument: 'dtype' }),
  );
  expect(() => cast([1] as never, 'float32')).toThrow(expect.objectContaining({ code: 'dtype' }));
  expect(() => fromBfloat16(new Uint16Array(3), [2])).toThrow(
    expect.objectContaining({ code: 'data-length' }),
  );
});

test('bfloat16 is the upper half of a float32', () => {
  const bits = Uint16Array.of(0x3f80, 0xbf80, 0x7f80, 0x0001, 0x8000, 0x4049);
  expect([...fromBfloat16(bits, [2, 3]).data]).toEqual([1, -1, Infinity, 2 ** -133, -0, 3.140625]);
});
