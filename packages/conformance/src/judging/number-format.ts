import type { DType, TensorData } from '@normlayers/core';
import { allocate, rounded, widened } from '@normlayers/core/adapter';

/** Half the distance from 1 to the next number: what one rounding loses at most, relatively. */
export const UNIT_ROUNDOFF: Readonly<Record<DType, number>> = {
  float64: 2 ** -53,
  float32: 2 ** -24,
  float16: 2 ** -11,
};

const MANTISSA_BITS: Readonly<Record<DType, number>> = { float64: 52, float32: 23, float16: 10 };
const SMALLEST_EXPONENT: Readonly<Record<DType, number>> = { float64: -1022, float32: -126, float16: -14 };
const LARGEST: Readonly<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  float16: 65504,
};

/** The largest finite number of a type. */
export function largestOf(dtype: DType): number {
  return LARGEST[dtype];
}

/** The smallest positive number of a type that is no denormal. */
export function smallestNormalOf(dtype: DType): number {
  return 2 ** SMALLEST_EXPONENT[dtype];
}

/** The smallest positive number of a type, a denormal. */
export function smallestOf(dtype: DType): number {
  return 2 ** (SMALLEST_EXPONENT[dtype] - MANTISSA_BITS[dtype]);
}

const number = new Float64Array(1);
/** The number's bytes as two halves; the second has the exponent, since every engine's machine is little-endian. */
const halves = new Int32Array(number.buffer);

/** The exponent of a float64, -1023 for 0 and denormals. */
function exponentOf(magnitude: number): number {
  number[0] = magnitude;
  return ((halves[1] >> 20) & 0x7ff) - 1023;
}

/** 2^exponent of a normal float64. */
function powerOfTwo(exponent: number): number {
  halves[0] = 0;
  halves[1] = (exponent + 1023) << 20;
  return number[0];
}

/** One ulp: the gap between a type's numbers just above `value`. Among denormals it no longer shrinks. */
export function ulpOf(value: number, dtype: DType): number {
  const exponent = exponentOf(Math.min(Math.abs(value), LARGEST[dtype]));
  const ofUlp = Math.max(exponent, SMALLEST_EXPONENT[dtype]) - MANTISSA_BITS[dtype];
  return ofUlp < -1022 ? 2 ** ofUlp : powerOfTwo(ofUlp);
}

/** `ulpOf` for many values of a type, those that repeat being told at once. */
export function ulpReader(dtype: DType): (value: number) => number {
  const largest = LARGEST[dtype];
  const [smallest, bits] = [SMALLEST_EXPONENT[dtype], MANTISSA_BITS[dtype]];
  const denormals = smallest - bits < -1022;
  let last = NaN;
  let ofLast = 0;
  return (value) => {
    if (value === last) return ofLast;
    last = value;
    const ofUlp = Math.max(exponentOf(Math.min(Math.abs(value), largest)), smallest) - bits;
    ofLast = denormals && ofUlp < -1022 ? 2 ** ofUlp : powerOfTwo(ofUlp);
    return ofLast;
  };
}

/** Values rounded to a type, as numbers. */
export function roundedTo(values: Float64Array, dtype: DType): Float64Array {
  return dtype === 'float64' ? values : widened(rounded(values, allocate(dtype, values.length)));
}

/** Numbers stored in a type. */
export function storedAs(values: ArrayLike<number>, dtype: DType): TensorData {
  return rounded(Float64Array.from(values), allocate(dtype, values.length));
}

/**
 * How many representable steps lie between two numbers of a type, 0 and -0 counting as one: WebNN's measure
 * (webnn/resources/utils.js, `getBitwise` and `ulpDistance`).
 */
export function ulpDistance(a: number, b: number, dtype: DType): number {
  return Math.abs(ordinal(a, dtype) - ordinal(b, dtype));
}

/** Where a number stands in the row of all the type's numbers, 0 in the middle. Not exact for float64. */
function ordinal(value: number, dtype: DType): number {
  const magnitude = Math.abs(value);
  const step = ulpOf(magnitude, dtype);
  const exponent = Math.max(exponentOf(magnitude), SMALLEST_EXPONENT[dtype]);
  const binade = (exponent - SMALLEST_EXPONENT[dtype]) * 2 ** MANTISSA_BITS[dtype];
  return Math.sign(value) * (binade + magnitude / step);
}
