import type { TensorFlow, TfTensor } from '../framework';

/**
 * How many elements are added up in one go. TensorFlow.js's wasm backend keeps one running float32 sum: of
 * 65536 equal numbers that sum is off by 11,000 units of roundoff (measured, 4.22.0). In stages of 32 it is
 * off by a few.
 */
const BLOCK = 32;

/** The sum over the first and the last axis, which are then 1: [a, c, b] to [1, c, 1]. */
export function sumAround(tf: TensorFlow, x: TfTensor): TfTensor {
  const [first, middle, last] = x.shape as [number, number, number];
  // The wasm backend gives uninitialized memory for the sum of no elements (4.22.0).
  if (x.size === 0) return tf.zeros([1, middle, 1]);
  const rows = last === 1 ? x : sumOfLast(tf, tf.reshape(x, [first * middle, last]));
  const sums = first === 1 ? rows : sumOfFirst(tf, tf.reshape(rows, [first, middle]));
  return tf.reshape(sums, [1, middle, 1]);
}

/** [p, n] to [p]. */
function sumOfLast(tf: TensorFlow, x: TfTensor): TfTensor {
  const [p, n] = x.shape as [number, number];
  if (n <= BLOCK) return tf.sum(x, 1);
  const block = blockOf(n);
  const blocks = Math.ceil(n / block);
  const whole =
    blocks * block === n
      ? x
      : tf.pad(x, [
          [0, 0],
          [0, blocks * block - n],
        ]);
  const sums = tf.sum(tf.reshape(whole, [p * blocks, block]), 1);
  return sumOfLast(tf, tf.reshape(sums, [p, blocks]));
}

/**
 * [n, q] to [q], as products of x with ones: TensorFlow.js would transpose x to sum over its first axis,
 * which takes 26 ms for [4096,768] on the wasm backend where this takes 4 ms (measured, 4.22.0).
 *
 * x stands on the left and is transposed on purpose. As the right-hand matrix of an ordinary product it would
 * be packed, which takes 12 ms, and the wasm backend keeps what it packed by the tensor's data: another
 * product with a reshape of the same data then gives wrong sums without a word (4.22.0).
 */
function sumOfFirst(tf: TensorFlow, x: TfTensor): TfTensor {
  const [n, q] = x.shape as [number, number];
  if (n === 1) return tf.reshape(x, [q]);
  const block = n <= BLOCK ? n : blockOf(n);
  const blocks = Math.ceil(n / block);
  const whole =
    blocks * block === n
      ? x
      : tf.pad(x, [
          [0, blocks * block - n],
          [0, 0],
        ]);
  const sums = tf.matMul(tf.reshape(whole, [blocks, block, q]), tf.ones([1, block, 1]), true);
  return sumOfFirst(tf, tf.reshape(sums, [blocks, q]));
}

/** The largest divisor up to BLOCK, so that nothing need be padded; BLOCK where all divisors are small. */
function blockOf(n: number): number {
  for (let block = BLOCK; block >= BLOCK / 4; block--) if (n % block === 0) return block;
  return BLOCK;
}
