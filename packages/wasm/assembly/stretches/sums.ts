import { chooseShift } from '../statistics';
import { cellBytes, keptBytes, takeSums } from './groups';
import {
  addGradientSums,
  addSums,
  along,
  alongRest,
  gradient,
  gradientRest,
  resetSums,
  setGradientRests,
  setGradientSums,
  squares,
  squaresRest,
  sum,
  sumRest,
} from '../sums';

/**
 * For groups begin to end, a place in `table` for each: a shift, then the sum of what it leaves and that of its squares.
 * With dy, also the sums of dy and of dy * (x - shift), a cell of `gradients` for each of a group's `cells`, among which its
 * stretches are dealt out.
 */
export function sumStretches<T>(
  x: usize,
  dy: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  centred: bool,
  fixedMean: usize,
  table: usize,
  gradients: usize,
  cells: usize,
): void {
  const bytes = length * sizeof<T>();
  for (let j: usize = 0; j < runs; j++) {
    for (let g = begin; g < end; g++) {
      const kept = table + (g - begin) * keptBytes<T>();
      const start = g * groupStride * sizeof<T>();
      const at0 = start + j * runStride * sizeof<T>();
      if (j == 0) {
        const k = fixedMean != 0 ? load<f64>(fixedMean + (g << 3)) : chooseShift<T>(x + start, runs, runStride, length, centred);
        store<f64>(kept, k);
        resetSums<T>();
      } else {
        takeSums<T>(kept);
      }
      if (dy == 0) {
        addSums<T>(x + at0, bytes, load<f64>(kept));
      } else {
        const cell = gradients + ((g - begin) * cells + j % cells) * cellBytes<T>();
        setGradientSums(load<f64>(cell), load<f64>(cell, 8));
        if (sizeof<T>() == 8) setGradientRests(load<f64>(cell, 16), load<f64>(cell, 24));
        addGradientSums<T>(x + at0, dy + at0, 0, bytes, load<f64>(kept));
        store<f64>(cell, gradient);
        store<f64>(cell, along, 8);
        if (sizeof<T>() == 8) {
          store<f64>(cell, gradientRest, 16);
          store<f64>(cell, alongRest, 24);
        }
      }
      store<f64>(kept, sum, 8);
      store<f64>(kept, squares, 16);
      if (sizeof<T>() == 8) {
        store<f64>(kept, sumRest, 32);
        store<f64>(kept, squaresRest, 40);
      }
    }
  }
}
