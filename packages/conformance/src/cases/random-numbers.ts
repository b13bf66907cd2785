import type { DType, Tensor } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { storedAs } from '../judging/number-format';

/** Numbers that are the same in every run: the seed is the case's own name, so no case depends on another. */
export interface RandomNumbers {
  /** Uniform in [from, to). */
  uniform(from: number, to: number): number;
  /** Normal, with this mean and standard deviation. */
  normal(mean?: number, deviation?: number): number;
}

export function randomNumbers(name: string): RandomNumbers {
  const generator = xoroshiro128plus(hashOf(name));
  const uniform = (from: number, to: number) => from + (to - from) * uniformFloat64(generator);
  return {
    uniform,
    // Box and Muller 1958.
    normal: (mean = 0, deviation = 1) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - uniform(0, 1))) * Math.cos(2 * Math.PI * uniform(0, 1)),
  };
}

/** A tensor with each element given by its index, rounded to the type. */
export function filled(dtype: DType, shape: readonly number[], element: (index: number) => number): Tensor {
  const numbers = new Float64Array(sizeOf(shape));
  for (let index = 0; index < numbers.length; index++) numbers[index] = element(index);
  return { dtype, shape: [...shape], data: storedAs(numbers, dtype) };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
