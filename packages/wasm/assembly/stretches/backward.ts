import { at } from '../lanes';
import { hardBackward } from '../slow-path';
import { SETTLED, fix, invStd, residue } from '../statistics';
import { cellBytes, keptBytes, settleKept } from './groups';
import { sumStretches } from './sums';
import { writeStretch, writeStretchGradient } from './writes';
import { whole } from '../sums';

/**
 * dx for groups begin to end, through their own statistics or, where given, not through them; adds to dgamma and dbeta,
 * float64, of paramCount elements each.
 *
 * @param scratch room for 128 bytes, and for each group that is computed at once 32 (48 for float64), and 16 (32) for each of its
 * parameters.
 */
// @ts-expect-error: decorator
@inline
export function stretchesBackward<T>(
  x: usize,
  dy: usize,
  dx: usize,
  gamma: usize,
  dgamma: usize,
  dbeta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  begin: usize,
  end: usize,
  groupStride: usize,
  runs: usize,
  runStride: usize,
  length: usize,
  paramPerGroup: usize,
  paramStep: usize,
  paramCount: usize,
  centred: bool,
  epsilon: f64,
  scratch: usize,
): void {
  const n = <f64>(runs * length);
  const fixed = fixedMean != 0;
  const inOrder = paramStep == 0;
  const batch = inOrder ? end - begin : 1;
  const cells: usize = inOrder ? 1 : runs;
  const table = scratch + 128;
  const gradients = table + batch * keptBytes<T>();
  for (; begin < end; begin += batch) {
    memory.fill(gradients, 0, batch * cells * cellBytes<T>());
    sumStretches<T>(
      x,
      dy,
      begin,
      begin + batch,
      groupStride,
      runs,
      runStride,
      length,
      centred,
      fixedMean,
      table,
      gradients,
      cells,
    );
    for (let g = begin; g < begin + batch; g++) {
      const first = g * paramPerGroup;
      const kept = table + (g - begin) * keptBytes<T>();
      if (fixed) {
        fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
      } else if (settleKept<T>(kept, n, centred, epsilon) != SETTLED) {
        const start = g * groupStride * sizeof<T>();
        const inner = inOrder ? runs * length : length;
        hardBackward<T>(
          x + start,
          dy + start,
          dx + start,
          runs,
          runStride,
          length,
          gamma,
          dgamma,
          dbeta,
          first * inner,
          inner,
          paramCount,
          centred,
          epsilon,
        );
        store<f64>(kept, NaN, 8);
        continue;
      }
      let meanGradient: f64 = 0;
      let meanAlong: f64 = 0;
      for (let j: usize = 0; j < cells; j++) {
        const p = (first + j * paramStep) % paramCount;
        const cell = gradients + ((g - begin) * cells + j) * cellBytes<T>();
        let g0 = load<f64>(cell);
        let a0 = load<f64>(cell, 8);
        if (sizeof<T>() == 8) {
          g0 = whole(g0, load<f64>(cell, 16));
          a0 = whole(a0, load<f64>(cell, 24));
        }
        const alongXhat = (a0 - residue * g0) * invStd;
        store<f64>(dgamma + (p << 3), load<f64>(dgamma + (p << 3)) + alongXhat);
        store<f64>(dbeta + (p << 3), load<f64>(dbeta + (p << 3)) + g0);
        const scale = at<T>(gamma + p * sizeof<T>());
        meanGradient += g0 * scale;
        meanAlong += alongXhat * scale;
      }
      const slope = (-invStd * invStd * meanAlong) / n;
      store<f64>(kept, invStd, 8);
      store<f64>(kept, slope, 16);
      store<f64>(kept, -residue * slope - (centred ? (invStd * meanGradient) / n : 0), 24);
    }
    for (let j = runs; j-- > 0; ) {
      for (let g = begin; g < begin + batch; g++) {
        const kept = table + (g - begin) * keptBytes<T>();
        const factor = load<f64>(kept, 8);
        const p = ((g * paramPerGroup + j * paramStep) % paramCount) * sizeof<T>();
        const at0 = (g * groupStride + j * runStride) * sizeof<T>();
        const bytes = length * sizeof<T>();
        const scale = at<T>(gamma + p) * factor;
        if (fixed) writeStretch<T>(dy + at0, dx + at0, bytes, 0, scale, 0, scratch);
        else if (factor == factor) writeStretchGradient<T>(x + at0, dy + at0, dx + at0, bytes, scale, kept, scratch);
      }
    }
  }
}
