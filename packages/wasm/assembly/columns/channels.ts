import { element } from '../lanes';
import { Launch } from '../launch';
import { choosePivot, setPivot, settle } from '../statistics';
import { setSumErrors, setSums } from '../sums';
import { columnSums, errorsOffset, pivots, sumsBytes } from './arrays';

/** Writes a channel's number into its columns of an array. */
export function spread<T>(launch: Launch, array: usize, channel: usize, value: f64): void {
  const length = launch.length;
  for (let from = channel * length; from < launch.columns; from += launch.runStride) {
    for (let i: usize = 0; i < length; i++) store<T>(array + (from + i) * sizeof<T>(), <T>value);
  }
}

/** The sum over a channel's columns of an array of float64. */
export function gathered(launch: Launch, array: usize, channel: usize): f64 {
  const length = launch.length;
  let sum: f64 = 0;
  for (let from = channel * length; from < launch.columns; from += launch.runStride) {
    for (let i: usize = 0; i < length; i++) sum += load<f64>(array + ((from + i) << 3));
  }
  return sum;
}

export function choosePivots<T>(launch: Launch): void {
  for (let c = launch.begin; c < launch.end; c++) {
    const x = launch.x + c * launch.length * sizeof<T>();
    spread<T>(launch, pivots<T>(launch), c, choosePivot<T>(launch, x));
  }
}

/**
 * Statistics from a channel's sums. To sum again would read all rows: far from its pivot it takes the slow
 * path.
 */
export function settleChannel<T>(launch: Launch, channel: usize): i32 {
  const sums = columnSums<T>(launch);
  const squares = sums + sumsBytes(launch);
  setPivot(element<T>(pivots<T>(launch) + channel * launch.length * sizeof<T>()));
  setSums(gathered(launch, sums, channel), gathered(launch, squares, channel));
  if (sizeof<T>() == 8) {
    const errors = errorsOffset<T>(launch);
    setSumErrors(gathered(launch, sums + errors, channel), gathered(launch, squares + errors, channel));
  }
  return settle<T>(launch, true);
}
