import { fromFloat16Bits, toFloat16Bits } from './float16';
import type { TensorData } from './tensor';

/**
 * a + b, element by element, each sum rounded once to the type of both. (float64 has more than twice the bits of the
 * narrower types and two more, so that rounding to it on the way changes nothing: Figueroa 1995.)
 *
 * @param a as many elements as b, of the same class.
 */
export function added<T extends TensorData>(a: T, b: T): T;
export function added(a: TensorData, b: TensorData): TensorData {
  if (a instanceof Float32Array) return a.map((value, i) => value + b[i]);
  if (a instanceof Float64Array) return a.map((value, i) => value + b[i]);
  return a.map((bits, i) => toFloat16Bits(fromFloat16Bits(bits) + fromFloat16Bits(b[i])));
}
