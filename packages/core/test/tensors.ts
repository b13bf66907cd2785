// Tensors to test with, and how to look at them.
import { type DType, type Tensor, tensor } from '@normlayers/core';
import { rounded, widened } from '@normlayers/core/adapter';
import { expect } from 'vitest';

/** A tensor of a type from plain numbers, each rounded to that type. */
export function of(dtype: DType, data: readonly number[], shape: readonly number[] = [data.length]): Tensor {
  const values = Float64Array.from(data);
  if (dtype === 'float64') return tensor(values, shape);
  return tensor(
    rounded(values, dtype === 'float32' ? new Float32Array(data.length) : new Uint16Array(data.length)),
    shape,
  );
}

export const float64 = (data: readonly number[], shape?: readonly number[]) => of('float64', data, shape);

/** A tensor's elements as numbers, -0 as 0. */
export function numbers(given: Tensor | undefined): number[] {
  if (given === undefined) throw new Error('no such output');
  return [...widened(given.data)].map((value) => value + 0);
}

/** Expects every element within `tolerance`, relative to the larger of 1 and the expected magnitude. */
export function expectClose(
  actual: Tensor | readonly number[],
  expected: Tensor | readonly number[],
  tolerance = 1e-11,
): void {
  const left = 'dtype' in actual ? numbers(actual) : actual;
  const right = 'dtype' in expected ? numbers(expected) : expected;
  expect(left.length).toBe(right.length);
  for (let i = 0; i < left.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(right[i]));
    if (!(Math.abs(left[i] - right[i]) <= allowed)) {
      expect.fail(`element ${i} is ${left[i]}, expected ${right[i]} within ${allowed}`);
    }
  }
}

/** Axes in another order, element by element: on purpose not core's own transpose. */
export function reordered(given: Tensor, order: readonly number[]): Tensor {
  const { shape } = given;
  const values = numbers(given);
  const sizes = order.map((axis) => shape[axis]);
  const out = values.map((_, to) => {
    const index = new Array<number>(shape.length).fill(0);
    let rest = to;
    for (let i = order.length - 1; i >= 0; i--) {
      index[order[i]] = rest % sizes[i];
      rest = Math.floor(rest / sizes[i]);
    }
    return values[index.reduce((flat, at, axis) => flat * shape[axis] + at, 0)];
  });
  return of(given.dtype, out, sizes);
}

/** Numbers from 0 to 1, the same every time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` normally distributed numbers (Box and Muller 1958). */
export function normals(count: number, seed: number): number[] {
  const random = seeded(seed);
  return Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
