import { columnsEnd, fill, folded, restsOf, settleChannel, spreadShifts } from './channels';
import { sumGradients } from './gradient-sums';
import { writeColumns, writeGradientColumns } from './writes';
import { at } from '../lanes';
import { hardBackward } from '../slow-path';
import { SETTLED, fix, invStd, residue, shift } from '../statistics';
import { along, gradient, squares, whole } from '../sums';

/**
 * dx, through the batch's own statistics or, where given, not through them; adds to dgamma and dbeta, float64.
 *
 * @param scratch room for columns * (4 elements and 32 bytes, 64 for float64), and a byte per channel.
 */
// @ts-expect-error: decorator
@inline
export function columnsBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
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
  const scales = shifts + width;
  const slopes = scales + width;
  const levels = slopes + width;
  const sums = levels + width;
  const squares = sums + (columns << 3);
  const gradients = squares + (columns << 3);
  const alongs = gradients + (columns << 3);
  const hard = alongs + (columns << 3) + restsOf<T>(columns << 5);
  const outer = elements / period;
  const last = columnsEnd(end, channels, inner, columns);
  if (fixed) {
    for (let c = begin; c < end; c++) {
      fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
      for (let i = c * inner; i < columns; i += period) fill<T>(shifts, i, inner, shift);
    }
  } else {
    spreadShifts<T>(x, shifts, outer, channels, inner, columns, begin, end);
  }
  memory.fill(sums, 0, (columns << 5) + restsOf<T>(columns << 5));
  sumGradients<T>(x, dy, shifts, sums, elements, columns, begin * inner, last);
  const n = <f64>(outer * inner);
  for (let c = begin; c < end; c++) {
    const own = c * inner;
    let outcome = SETTLED;
    if (fixed) fix(load<f64>(fixedMean + (c << 3)), load<f64>(fixedInvStd + (c << 3)));
    else outcome = settleChannel<T>(shifts, sums, squares, columns, period, own, inner, n, epsilon, columns << 5);
    store<u8>(hard + c, outcome != SETTLED ? 1 : 0);
    if (outcome != SETTLED) continue;
    let gradient = folded(gradients, columns, period, own, inner);
    let along = folded(alongs, columns, period, own, inner);
    if (sizeof<T>() == 8) {
      gradient = whole(gradient, folded(gradients + (columns << 5), columns, period, own, inner));
      along = whole(along, folded(alongs + (columns << 5), columns, period, own, inner));
    }
    along = (along - residue * gradient) * invStd;
    store<f64>(dgamma + (c << 3), load<f64>(dgamma + (c << 3)) + along);
    store<f64>(dbeta + (c << 3), load<f64>(dbeta + (c << 3)) + gradient);
    const scale = at<T>(gamma + c * sizeof<T>()) * invStd;
    const slope = (-scale * invStd * along) / n;
    const level = -residue * slope - (scale * gradient) / n;
    for (let i = own; i < columns; i += period) {
      fill<T>(scales, i, inner, scale);
      fill<T>(slopes, i, inner, slope);
      fill<T>(levels, i, inner, level);
    }
  }
  if (fixed) {
    memory.fill(shifts, 0, width);
    writeColumns<T>(dy, dx, shifts, scales, shifts, elements, columns, begin * inner, last);
  } else {
    writeGradientColumns<T>(x, dy, dx, shifts, scales, slopes, levels, elements, columns, begin * inner, last);
  }
  for (let c = begin; c < end; c++) {
    if (load<u8>(hard + c) == 0) continue;
    const offset = c * inner * sizeof<T>();
    hardBackward<T>(
      x + offset,
      dy + offset,
      dx + offset,
      outer,
      period,
      inner,
      gamma + c * sizeof<T>(),
      dgamma + (c << 3),
      dbeta + (c << 3),
      0,
      1,
      1,
      true,
      epsilon,
    );
  }
}
