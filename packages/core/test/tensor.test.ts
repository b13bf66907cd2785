import { NormError, tensor } from '@normlayers/core';
import { allocate, inverseOrder, sizeOf, transpose } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numbers, reordered } from './tensors';

describe('tensor', () => {
  test('takes its type from the class of its data, and the data itself, not a copy', () => {
    for (const [data, dtype] of [
      [new Float64Array(6), 'float64'],
      [new Float32Array(6), 'float32'],
      [new Uint16Array(6), 'float16'],
    ] as const) {
      const made = tensor(data, [2, 3]);
      expect([made.dtype, made.shape]).toEqual([dtype, [2, 3]]);
      expect(made.data).toBe(data);
      expect(allocate(dtype, 6)).toEqual(data);
    }
  });

  test('an array of numbers becomes float32, of one axis by default', () => {
    expect(tensor([0.1, 2])).toEqual({ dtype: 'float32', shape: [2], data: new Float32Array([0.1, 2]) });
  });

  test('keeps its own copy of the shape', () => {
    const shape = [2, 1];
    const made = tensor([1, 2], shape);
    shape[0] = 7;
    expect(made.shape).toEqual([2, 1]);
  });

  test("sees an engine's own Float16Array as its bits", () => {
    // Node 20 has none: a stand-in of two bytes an element with its tag.
    class Float16Array extends Int16Array {
      override get [Symbol.toStringTag]() {
        return 'Float16Array' as never;
      }
    }
    const buffer = new ArrayBuffer(8);
    const made = tensor(new Float16Array(buffer, 2, 3) as never);
    expect(made.dtype).toBe('float16');
    expect([made.data.buffer, made.data.byteOffset, made.data.length]).toEqual([buffer, 2, 3]);
    expect(Object.prototype.toString.call(made.data)).toBe('[object Uint16Array]');
  });

  test('rank 0 holds one element, a dimension of 0 none', () => {
    expect(tensor([5], []).shape).toEqual([]);
    expect(sizeOf([])).toBe(1);
    expect(tensor([], [3, 0]).data.length).toBe(0);
  });

  test.each([
    ['a length that is not the product of the shape', () => tensor([1, 2, 3], [2, 2]), 'data-length'],
    ['a negative dimension', () => tensor([1, 2], [-1, -2]), 'shape'],
    ['a fractional dimension', () => tensor([1, 2, 3], [1.5, 2]), 'shape'],
    ['integers', () => tensor(new Int32Array(2) as never), 'dtype'],
    [
      'nested arrays',
      () =>
        tensor([
          [1, 2],
          [3, 4],
        ] as never),
      'dtype',
    ],
    ['null and text among numbers', () => tensor([null, 'a'] as never), 'dtype'],
    ['an array whose last element is no number', () => tensor([1, undefined] as never), 'dtype'],
    ['a BigInt', () => tensor([1n] as never), 'dtype'],
    ['a string', () => tensor('12' as never), 'dtype'],
    ['nothing of an array', () => tensor({ length: 2 } as never), 'dtype'],
  ])('refuses %s', (_, make, code) => {
    expect(make).toThrow(NormError);
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

describe('transpose', () => {
  const orders = fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: 0, maxLength: 5 })
    .chain((shape) =>
      fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
    );

  test('agrees with indexing element by element, and its inverse undoes it', () =>
    fc.assert(
      fc.property(orders, ([shape, order]) => {
        const x = tensor(
          Float64Array.from({ length: sizeOf(shape) }, (_, i) => i),
          shape,
        );
        const turned = transpose(x.data, shape, order);
        expect(turned).toBeInstanceOf(Float64Array);
        expect([...turned]).toEqual(numbers(reordered(x, order)));
        const sizes = order.map((axis) => shape[axis]);
        expect(transpose(turned, sizes, inverseOrder(order))).toEqual(x.data);
      }),
    ));

  test('gives a new array even where nothing moves', () => {
    const data = new Float32Array([1, 2]);
    expect(transpose(data, [1, 2], [0, 1])).not.toBe(data);
    expect(transpose(new Uint16Array([7]), [], [])).toEqual(new Uint16Array([7]));
  });

  test.each([
    [[2, 3], [0, 0], 'axis'],
    [[2, 3], [0], 'axis'],
    [[2, 3], [0, 2], 'axis'],
    [[2, 2], [0, 1], 'data-length'],
  ])('refuses shape %j in order %j', (shape, order, code) => {
    expect(() => transpose(new Float32Array(6), shape, order)).toThrow(expect.objectContaining({ code }));
  });
});
