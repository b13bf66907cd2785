import { at } from '../lanes';
import { chooseShift, setShift, settle } from '../statistics';
import { setRests, setSums, squares, sum } from '../sums';

/** Where the columns of channels up to `end` end: with all of them, also the repetitions do. */
// @ts-expect-error: decorator
@inline
export function columnsEnd(end: usize, channels: usize, inner: usize, columns: usize): usize {
  return end == channels ? columns : end * inner;
}

/** Of float64 numbers, what the sums have lost follows them, in arrays of the same size. */
// @ts-expect-error: decorator
@inline
export function restsOf<T>(bytes: usize): usize {
  return sizeof<T>() == 8 ? bytes : 0;
}

export function fill<T>(array: usize, from: usize, length: usize, value: f64): void {
  for (let i: usize = 0; i < length; i++) store<T>(array + (from + i) * sizeof<T>(), <T>value);
}

export function spreadShifts<T>(
  x: usize,
  shifts: usize,
  outer: usize,
  channels: usize,
  inner: usize,
  columns: usize,
  begin: usize,
  end: usize,
): void {
  const period = channels * inner;
  for (let c = begin; c < end; c++) {
    const k = chooseShift<T>(x + c * inner * sizeof<T>(), outer, period, inner, true);
    for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, k);
  }
}

export function folded(array: usize, columns: usize, period: usize, from: usize, inner: usize): f64 {
  let sum: f64 = 0;
  for (; from < columns; from += period) {
    for (let i: usize = 0; i < inner; i++) sum += load<f64>(array + ((from + i) << 3));
  }
  return sum;
}

/** A channel far from its shift is left to the slow path, as what overflows is. */
export function settleChannel<T>(
  shifts: usize,
  sums: usize,
  squares: usize,
  columns: usize,
  period: usize,
  from: usize,
  inner: usize,
  n: f64,
  epsilon: f64,
  rests: usize,
): i32 {
  setShift(at<T>(shifts + from * sizeof<T>()));
  setSums(folded(sums, columns, period, from, inner), folded(squares, columns, period, from, inner));
  if (sizeof<T>() == 8) {
    setRests(folded(sums + rests, columns, period, from, inner), folded(squares + rests, columns, period, from, inner));
  }
  return settle<T>(n, true, epsilon, true);
}
