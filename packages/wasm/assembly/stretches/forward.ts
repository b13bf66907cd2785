import { element } from '../lanes';
import { Launch } from '../launch';
import { slowForward } from '../slow-path';
import { correction, invStd, pivot, SETTLED, SLOW, takeGiven, usable, writeStatistics } from '../statistics';
import { groupBytes, GroupSums, liesApart, parameterOf, SettledGroup, settleGroup } from './groups';
import { sumStretches } from './sums';
import { writeStretch } from './writes';

/**
 * y = gamma * xhat + beta for groups whose stretches of neighbours share one parameter each: Batch Norm's
 * channels where they come first, and Instance and Group Norm's rows.
 *
 * Scratch: 32 bytes (float64: 40) for each group that is computed at once, which are all where they lie
 * apart, else one.
 */
// @ts-expect-error: decorator
@inline
export function stretchesForward<T>(launch: Launch): void {
  const end = launch.end;
  const step = liesApart(launch) ? end - launch.begin : 1;
  const groups = launch.scratch;
  const bytes = launch.length * sizeof<T>();
  const parametersPerGroup = launch.n / launch.perParameter;
  for (let begin = launch.begin; begin < end; begin += step) {
    if (!launch.given) sumStretches<T>(launch, 0, begin, begin + step, groups, 0, 0);
    for (let g = begin; g < begin + step; g++) {
      const group = groups + (g - begin) * groupBytes<T>();
      let outcome: i32 = SETTLED;
      if (launch.given) takeGiven(launch, g);
      else outcome = settleGroup<T>(launch, changetype<GroupSums>(group));
      for (let j: usize = 0; j < parametersPerGroup && outcome == SETTLED; j++) {
        const p = parameterOf(launch, g, j, parametersPerGroup);
        if (!usable(invStd * element<T>(launch.gamma + p * sizeof<T>()))) outcome = SLOW;
      }
      if (outcome != SETTLED) slowForward<T>(launch, g);
      writeStatistics(launch, g);
      const settled = changetype<SettledGroup>(group);
      settled.pivot = pivot;
      settled.invStd = outcome == SETTLED ? invStd : NaN;
      settled.correctionOrSlope = correction;
    }
    // The last stretches first: what was summed last is still in the cache.
    for (let j = launch.runs; j-- > 0; ) {
      for (let g = begin; g < begin + step; g++) {
        const group = changetype<SettledGroup>(groups + (g - begin) * groupBytes<T>());
        const groupInvStd = group.invStd;
        if (groupInvStd != groupInvStd) continue;
        const p = parameterOf(launch, g, j, parametersPerGroup);
        const offset = (g * launch.groupStride + j * launch.runStride) * sizeof<T>();
        const factor = groupInvStd * element<T>(launch.gamma + p * sizeof<T>());
        const bias = element<T>(launch.beta + p * sizeof<T>()) - group.correctionOrSlope * factor;
        writeStretch<T>(launch, launch.x + offset, launch.out + offset, bytes, group.pivot, factor, bias);
      }
    }
  }
}
