import { type Tensor, widened } from '@normlayers/core/adapter';

/** The numbers of a tensor in the fewest digits that give them back in its type: 0.1, not 0.10000000149. */
export function decimals({ data, dtype }: Tensor): string[] {
  const digits = { float64: 17, float32: 9, float16: 5 }[dtype];
  const stays = (value: number, text: string) =>
    dtype === 'float32' ? Math.fround(Number(text)) === value : Number(text) === value;
  return [...widened(data)].map((value) => {
    for (let count = 1; count < digits; count++) {
      const text = value.toPrecision(count);
      if (stays(value, text)) return String(Number(text));
    }
    return String(Number(value.toPrecision(digits)));
  });
}
