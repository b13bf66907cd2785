import { at } from '../lanes';
import { writeGradients } from './gradient-writes';
import { hardBackward } from '../slow-path';
import { AGAIN, HARD, chooseShift, settle, shift } from '../statistics';
import {
  addGradientSums,
  along,
  alongRest,
  gradient,
  gradientRest,
  resetSums,
  setGradientRests,
  setGradientSums,
  whole,
} from '../sums';

/** After so many rows the sums of dgamma and dbeta, in T until then, join the float64 ones. */
const ROWS_PER_FLUSH: usize = 32;

/** In dgamma of so few rows an x-hat next to 0 has nothing large beside it, and must be exact itself. */
const FEW_ROWS: usize = 16;

/**
 * dx for rows begin to end; adds to dgamma and dbeta, float64, of `count` elements each.
 *
 * @param scratch room for 64 bytes and 2 * count elements.
 */
// @ts-expect-error: decorator
@inline
export function rowsBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  begin: usize,
  end: usize,
  features: usize,
  count: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const bytes = features * sizeof<T>();
  const n = <f64>features;
  const sums = scratch + 128;
  const sumBytes = count * sizeof<T>();
  memory.fill(sums, 0, 2 * sumBytes);
  x += begin * bytes;
  dy += begin * bytes;
  dx += begin * bytes;
  const few = centred && end - begin < FEW_ROWS;
  let unflushed: usize = 0;
  for (let r = begin; r < end; r++, x += bytes, dy += bytes, dx += bytes) {
    const first = (r * features) % count;
    const offset = first * sizeof<T>();
    if (settleGradients<T>(x, dy, gamma + offset, features, n, centred, epsilon) == HARD) {
      hardBackward<T>(x, dy, dx, 1, 0, features, gamma, dgamma, dbeta, first, 1, count, centred, epsilon);
    } else {
      const dg = sums + offset;
      writeGradients<T>(x, dy, dx, gamma + offset, dg, dg + sumBytes, bytes, n, centred, few, scratch);
    }
    if (++unflushed == ROWS_PER_FLUSH || r + 1 == end) {
      flush<T>(sums, dgamma, count);
      flush<T>(sums + sumBytes, dbeta, count);
      unflushed = 0;
    }
  }
}

function settleGradients<T>(
  x: usize,
  dy: usize,
  gamma: usize,
  features: usize,
  n: f64,
  centred: bool,
  epsilon: f64,
): i32 {
  chooseShift<T>(x, 1, 0, features, centred);
  let first = true;
  let outcome: i32;
  do {
    resetSums<T>();
    setGradientSums(0, 0);
    if (sizeof<T>() == 8) setGradientRests(0, 0);
    addGradientSums<T>(x, dy, gamma, features * sizeof<T>(), shift);
    if (sizeof<T>() == 8) setGradientSums(whole(gradient, gradientRest), whole(along, alongRest));
    outcome = settle<T>(n, centred, epsilon, first);
    first = false;
  } while (outcome == AGAIN);
  return outcome;
}

/** Adds the sums in T to the float64 ones, and starts them anew. */
function flush<T>(sums: usize, wide: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    store<f64>(wide + (i << 3), load<f64>(wide + (i << 3)) + at<T>(sums + i * sizeof<T>()));
    store<T>(sums + i * sizeof<T>(), 0);
  }
}
