/**
 * Conversion between numbers and the 16 bits of an IEEE 754 binary16. Our own, because core has no dependency and
 * JavaScript's Float16Array is missing in Node 20; checked against @petamoriken/float16 for every bit pattern.
 */

const SMALLEST_NORMAL = 2 ** -14;
/** Halfway between the largest finite half, 65504, and the next step: ties go to even, which is infinity. */
const OVERFLOW = 65520;
/** Adding and taking off 2^52 rounds a non-negative double below it to an integer, ties to even. */
const ROUNDER = 2 ** 52;

/** The number that 16 bits of binary16 stand for. Exact. */
export function fromFloat16Bits(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/** The 16 bits of the binary16 nearest to a number: one rounding, ties to even, straight from float64. */
export function toFloat16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) return sign | (magnitude * 2 ** 24 + ROUNDER - ROUNDER);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 of a number a hair below a power of two may round up to it; the fraction tells, and the sum below carries.
  const fraction = magnitude * 2 ** (10 - exponent) + ROUNDER - ROUNDER;
  return sign | (((exponent + 15) << 10) + (fraction - 1024));
}
