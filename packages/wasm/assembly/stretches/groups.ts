import { setShift, settle } from '../statistics';
import { setRests, setSums } from '../sums';

/**
 * Groups made of stretches of neighbours that share one parameter. Group g starts at element g * groupStride and has `runs`
 * stretches of `length` elements, `runStride` apart; stretch j of it takes parameter
 * (g * paramPerGroup + j * paramStep) % paramCount.
 *
 * Batch Norm, channels-first: a group is a channel, groupStride = length = inner, runs = outer, one parameter each.
 * Instance and Group Norm: a group is a row, its stretches follow one another, each channel's with its own parameter.
 */

/** Two sums for each parameter; of float64 numbers also what they have lost. */
// @ts-expect-error: decorator
@inline
export function cellBytes<T>(): usize {
  return sizeof<T>() == 8 ? 32 : 16;
}

/** What is kept of a group: a shift, two sums, and a number for backward; of float64 numbers also what the sums have lost. */
// @ts-expect-error: decorator
@inline
export function keptBytes<T>(): usize {
  return sizeof<T>() == 8 ? 48 : 32;
}

// @ts-expect-error: decorator
@inline
export function takeSums<T>(kept: usize): void {
  setSums(load<f64>(kept, 8), load<f64>(kept, 16));
  if (sizeof<T>() == 8) setRests(load<f64>(kept, 32), load<f64>(kept, 40));
}

/** A group far from its shift is left to the slow path, as what overflows is. */
export function settleKept<T>(kept: usize, n: f64, centred: bool, epsilon: f64): i32 {
  setShift(load<f64>(kept));
  takeSums<T>(kept);
  return settle<T>(n, centred, epsilon, true);
}
