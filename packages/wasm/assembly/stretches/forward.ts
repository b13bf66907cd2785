import { at } from '../lanes';
import { hardForward } from '../slow-path';
import { HARD, SETTLED, fix, invStd, residue, shift, usable, writeStatistics } from '../statistics';
import { keptBytes, settleKept } from './groups';
import { sumStretches } from './sums';
import { writeStretch } from './writes';

/**
 * y = gamma * xhat + beta for groups begin to end, with the statistics in `fixedMean` and `fixedInvStd` (float64) where
 * these are not 0, else with the groups' own, which are written where wanted.
 *
 * Groups that lie next to one another are computed one by one. Batch Norm's, whose stretches lie far apart (paramStep is 0),
 * are all summed and then all written, in the order of memory: [32, 64, 56, 56] takes 2.0 ms with given statistics and 2.7
 * with the batch's own, for 3.2 and 4.2 group by group, though x is then read from memory twice.
 *
 * @param scratch room for 128 bytes, and 32 (48 for float64) for each group that is computed at once.
 */
// @ts-expect-error: decorator
@inline
export function stretchesForward<T>(
  x: usize,
  y: usize,
  gamma: usize,
  beta: usize,
  fixedMean: usize,
  fixedInvStd: usize,
  outMean: usize,
  outVariance: usize,
  outInvStd: usize,
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
  const fixed = fixedMean != 0;
  const inOrder = paramStep == 0;
  const batch = inOrder ? end - begin : 1;
  const table = scratch + 128;
  for (; begin < end; begin += batch) {
    if (!fixed) {
      sumStretches<T>(x, 0, begin, begin + batch, groupStride, runs, runStride, length, centred, 0, table, 0, 0);
    }
    for (let g = begin; g < begin + batch; g++) {
      const start = g * groupStride * sizeof<T>();
      const first = g * paramPerGroup;
      const kept = table + (g - begin) * keptBytes<T>();
      let outcome: i32 = SETTLED;
      if (fixed) fix(load<f64>(fixedMean + (g << 3)), load<f64>(fixedInvStd + (g << 3)));
      else outcome = settleKept<T>(kept, <f64>(runs * length), centred, epsilon);
      for (let j: usize = 0; j < runs && outcome == SETTLED; j += inOrder ? runs : 1) {
        if (!usable(invStd * at<T>(gamma + ((first + j * paramStep) % paramCount) * sizeof<T>()))) outcome = HARD;
      }
      if (outcome != SETTLED) {
        const inner = inOrder ? runs * length : length;
        hardForward<T>(
          x + start,
          y + start,
          runs,
          runStride,
          length,
          gamma,
          beta,
          first * inner,
          inner,
          paramCount,
          centred,
          epsilon,
          fixed,
        );
      }
      writeStatistics(outMean, outVariance, outInvStd, g);
      store<f64>(kept, shift);
      store<f64>(kept, outcome == SETTLED ? invStd : NaN, 8);
      store<f64>(kept, residue, 16);
    }
    // The other way round: what was summed last is still in the cache.
    for (let j = runs; j-- > 0; ) {
      for (let g = begin; g < begin + batch; g++) {
        const kept = table + (g - begin) * keptBytes<T>();
        const scale = load<f64>(kept, 8);
        // Written already.
        if (scale != scale) continue;
        const p = ((g * paramPerGroup + j * paramStep) % paramCount) * sizeof<T>();
        const at0 = (g * groupStride + j * runStride) * sizeof<T>();
        const factor = scale * at<T>(gamma + p);
        const rest = at<T>(beta + p) - load<f64>(kept, 16) * factor;
        writeStretch<T>(x + at0, y + at0, length * sizeof<T>(), load<f64>(kept), factor, rest, scratch);
      }
    }
  }
}
