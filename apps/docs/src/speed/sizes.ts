/** Sizes that occur: rows of a Transformer's features, and maps of a convolution. */
export const PRESETS = ['64x768', '1024x768', '4096x768', '8x64x56x56'];

/** `4096x768`, also with × or commas; null where it is no shape. */
export function readShape(text: string): number[] | null {
  const sizes = text
    .trim()
    .split(/\s*[x×,]\s*/)
    .map(Number);
  return sizes.length > 1 && sizes.every((size) => Number.isInteger(size) && size > 0) ? sizes : null;
}

/** How many elements the smallest and the largest size of a sweep may have: from caches to well beyond them. */
const [FEWEST, MOST] = [2 ** 13, 2 ** 23];

/** The shapes of a sweep: the first dimension grows by fours, the others stay. Where none fits, the shape itself. */
export function sweepOf([first, ...rest]: readonly number[]): number[][] {
  const each = rest.reduce((product, size) => product * size, 1);
  const firsts = Array.from({ length: 12 }, (_, power) => 4 ** power);
  const fitting = firsts.filter((count) => count * each >= FEWEST && count * each <= MOST);
  return (fitting.length > 0 ? fitting : [first]).map((count) => [count, ...rest]);
}
