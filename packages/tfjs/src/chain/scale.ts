import type { TensorFlow, TfTensor } from '../framework';

/**
 * The powers of two that groups are divided by, and from which mean of abs(x) on. With the mean between 2^-26
 * and 2^38 after that, squares neither overflow when up to 2^24 of them are added, nor does the square of the
 * least difference that float32 can hold beside such a mean vanish. The lowest needs no lower bound: nothing
 * is smaller than 2^-149.
 */
const STEPS = [
  { exponent: -126, from: 0 },
  { exponent: -62, from: 2 ** -88 },
  { exponent: 0, from: 2 ** -24 },
  { exponent: 64, from: 2 ** 38 },
  { exponent: 100, from: 2 ** 102 },
] as const;

/**
 * Per group, 1 / s with s a power of two that brings the group near 1, so that dividing by s is exact and
 * squaring is safe: [1, groups, 1].
 *
 * Chosen among constants by comparing, and not worked out with log and pow, which GPUs only approximate.
 * Where epsilon outweighs every square anyway, s stays high enough for epsilon / s^2 to be finite.
 *
 * @param total the sum of abs(x) per group. An Inf gives the largest s and a NaN the smallest; both reach the
 *   result.
 * @param n how many elements a group has.
 */
export function inverseScale(tf: TensorFlow, total: TfTensor, n: number, epsilon: number): TfTensor {
  const lowest = epsilon === 0 ? -126 : Math.ceil(Math.log2(epsilon) / 2) - 60;
  const clamped = (exponent: number) => Math.min(Math.max(exponent, lowest), 100);
  const [first, ...steps] = STEPS;
  let exponent = clamped(first.exponent);
  let inverse: TfTensor = tf.mul(tf.onesLike(total), 2 ** -exponent);
  for (const step of steps) {
    if (clamped(step.exponent) === exponent) continue;
    exponent = clamped(step.exponent);
    inverse = tf.where(tf.greaterEqual(total, n * step.from), tf.scalar(2 ** -exponent), inverse);
  }
  return inverse;
}
