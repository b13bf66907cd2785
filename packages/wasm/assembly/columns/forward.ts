import { columnsEnd, fill, restsOf, settleChannel, spreadShifts } from './channels';
import { sumColumns } from './sums';
import { writeColumns } from './writes';
import { at } from '../lanes';
import { hardForward } from '../slow-path';
import { HARD, SETTLED, fix, invStd, residue, shift, usable, writeStatistics } from '../statistics';
import { squares } from '../sums';

/**
 * y = gamma * xhat + beta, with the statistics in `fixedMean` and `fixedInvStd` (float64) where these are not 0, else
 * with the batch's own, which are written where wanted.
 *
 * @param elements how many there are in all.
 * @param scratch room for columns * (3 elements and 16 bytes, 32 for float64), and a byte per channel.
 */
// @ts-expect-error: decorator
@inline
export function columnsForward<T>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  outMean: usize,
  outVariance: usize,
  outInvStd: usize,
  elements: usize,
  channels: usize,
  inner: usize,
  columns: usize,
  begin: usize,
  end: usize,
  epsilon: f64,
  scratch: usize,
): void {
  const width = columns * sizeof<T>();
  const period = channels * inner;
  const fixed = fixedMean != 0;
  const shifts = scratch;
  const factors = shifts + width;
  const rests = factors + width;
  const sums = rests + width;
  const squares = sums + (columns << 3);
  const hard = squares + (columns << 3) + restsOf<T>(columns << 4);
  const outer = elements / period;
  if (!fixed) {
    spreadShifts<T>(x, shifts, outer, channels, inner, columns, begin, end);
    memory.fill(sums, 0, (columns << 4) + restsOf<T>(columns << 4));
    sumColumns<T>(x, shifts, sums, squares, elements, columns, begin * inner, columnsEnd(end, channels, inner, columns), columns << 4);
  }
  const n = <f64>(outer * inner);
  for (let c = begin; c < end; c++) {
    let outcome = SETTLED;
    if (fixed) {
      fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
      for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, shift);
    } else {
      outcome = settleChannel<T>(shifts, sums, squares, columns, period, c * inner, inner, n, epsilon, columns << 4);
    }
    const factor = invStd * at<T>(gamma + c * sizeof<T>());
    if (!usable(factor)) outcome = HARD;
    store<u8>(hard + c, outcome != SETTLED ? 1 : 0);
    const rest = at<T>(beta + c * sizeof<T>()) - residue * factor;
    for (let i = c * inner; i < columns; i += period) {
      fill<T>(factors, i, inner, factor);
      fill<T>(rests, i, inner, rest);
    }
    writeStatistics(outMean, outVariance, outInvStd, c);
  }
  writeColumns<T>(x, y, shifts, factors, rests, elements, columns, begin * inner, columnsEnd(end, channels, inner, columns));
  for (let c = begin; c < end; c++) {
    if (load<u8>(hard + c) == 0) continue;
    const offset = c * inner * sizeof<T>();
    const own = c * sizeof<T>();
    if (fixed) fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
    hardForward<T>(x + offset, y + offset, outer, period, inner, gamma + own, beta + own, 0, 1, 1, true, epsilon, fixed);
    writeStatistics(outMean, outVariance, outInvStd, c);
  }
}
