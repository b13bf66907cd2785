import { digitsOf, type Truth } from '@normlayers/conformance';
import type { DType } from '@normlayers/core';

/** The fewest digits that the data hold of any element of y: what one rounding of each number of x leaves. */
export function heldDigits({ y }: Truth, dtype: DType): number {
  const most = digitsOf(dtype);
  const roundoff = 10 ** -most;
  const { condition, scale } = y!;
  return condition.reduce(
    (least, c, i) => Math.min(least, Math.max(0, -Math.log10((roundoff * c) / scale[i]))),
    most,
  );
}
