import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ort } from './runtime';

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

/** A float32 tensor of numbers around `offset`. */
export function randomTensor(shape: readonly number[], random: () => number, offset = 0): ort.Tensor {
  const size = shape.reduce((all, one) => all * one, 1);
  const data = Float32Array.from({ length: size }, () => 2 * random() - 1 + offset);
  return new ort.Tensor('float32', data, shape);
}

/** The largest difference of two results beside the largest number, or Infinity where one is not finite. */
export function difference(a: ort.Tensor, b: ort.Tensor): number {
  if (a.dims.join() !== b.dims.join() || a.type !== b.type) return Infinity;
  const left = Array.from(a.data as Float32Array, Number);
  const right = Array.from(b.data as Float32Array, Number);
  const largest = Math.max(...left.map(Math.abs), 1e-30);
  const off = Math.max(...left.map((one, i) => Math.abs(one - right[i]!)));
  return Number.isFinite(off) ? off / largest : Infinity;
}
