// Half precision, all 65536 of it, against @petamoriken/float16.
import { fromFloat16Bits, toFloat16Bits } from '@normlayers/core';
import { Float16Array } from '@petamoriken/float16';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const FINITE = ALL.filter((bits) => (bits & 0x7c00) !== 0x7c00);

/** The bits that @petamoriken/float16 stores for a number. */
function theirBits(value: number): number {
  return new Uint16Array(new Float16Array([value]).buffer)[0];
}

test('every bit pattern stands for the number that it does there', () => {
  const theirs = new Float16Array(ALL.buffer);
  const different = ALL.filter((bits) => !Object.is(fromFloat16Bits(bits), theirs[bits]));
  expect([...different]).toEqual([]);
});

test('every number goes back to its own bits; every NaN to the quiet one', () => {
  const different = ALL.filter((bits) => {
    const value = fromFloat16Bits(bits);
    return toFloat16Bits(value) !== (Number.isNaN(value) ? 0x7e00 : bits);
  });
  expect([...different]).toEqual([]);
});

test('between two neighbours: ties to even, and one float32 or float64 step off the tie to the nearer', () => {
  const float32 = new Float32Array(1);
  const float32Bits = new Int32Array(float32.buffer);
  const wrong: number[] = [];
  for (const bits of FINITE) {
    const value = Math.abs(fromFloat16Bits(bits));
    const up = (bits & 0x7fff) === 0x7bff ? 65536 : Math.abs(fromFloat16Bits(bits + 1));
    const sign = bits & 0x8000 ? -1 : 1;
    const tie = (value + up) / 2; // exact in float32: one bit more than float16
    const even = bits & 1 ? bits + 1 : bits;
    if (toFloat16Bits(sign * tie) !== even) wrong.push(sign * tie);
    if (toFloat16Bits(sign * tie * (1 - 2 ** -50)) !== bits) wrong.push(sign * tie * (1 - 2 ** -50));
    if (toFloat16Bits(sign * tie * (1 + 2 ** -50)) !== bits + 1) wrong.push(sign * tie * (1 + 2 ** -50));
    for (const step of [-1, 0, 1]) {
      float32[0] = sign * tie;
      float32Bits[0] += step;
      if (toFloat16Bits(float32[0]) !== theirBits(float32[0])) wrong.push(float32[0]);
    }
  }
  expect(wrong).toEqual([]);
});

test('any float32 goes to the same bits', () =>
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      expect(toFloat16Bits(value)).toBe(theirBits(value));
    }),
    { numRuns: 5000 },
  ));

test('the edges', () => {
  expect(toFloat16Bits(-0)).toBe(0x8000);
  expect(toFloat16Bits(65519.99)).toBe(0x7bff);
  expect(toFloat16Bits(65520)).toBe(0x7c00);
  expect(toFloat16Bits(-Infinity)).toBe(0xfc00);
  expect(toFloat16Bits(2 ** -25)).toBe(0); // the tie between 0 and the smallest
  expect(toFloat16Bits(2 ** -25 * (1 + 2 ** -52))).toBe(1);
  expect(toFloat16Bits(Number.MIN_VALUE)).toBe(0);
});
