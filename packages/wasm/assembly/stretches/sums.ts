import { Launch } from '../launch';
import { choosePivot } from '../statistics';
import { addGradientSums, addSums, resetSums } from '../sums';
import {
  gradientBytes,
  GradientSums,
  groupBytes,
  GroupSums,
  loadGradientSums,
  loadSums,
  storeGradientSums,
  storeSums,
} from './groups';

/**
 * Sums x - pivot and its square over groups begin to end, stretch by stretch, into `groups`. With dy, also dy
 * and dy * (x - pivot): into `gradients`, where each group has `perGroup` sums, which its stretches take in
 * turn.
 */
export function sumStretches<T>(
  launch: Launch,
  dy: usize,
  begin: usize,
  end: usize,
  groups: usize,
  gradients: usize,
  perGroup: usize,
): void {
  const bytes = launch.length * sizeof<T>();
  const x = launch.x;
  const givenMean = launch.givenMean;
  const groupStride = launch.groupStride;
  const runStride = launch.runStride;
  const runs = launch.runs;
  for (let j: usize = 0; j < runs; j++) {
    for (let g = begin; g < end; g++) {
      const group = changetype<GroupSums>(groups + (g - begin) * groupBytes<T>());
      const start = g * groupStride * sizeof<T>();
      const offset = start + j * runStride * sizeof<T>();
      if (j == 0) {
        group.pivot = givenMean != 0 ? load<f64>(givenMean + (g << 3)) : choosePivot<T>(launch, x + start);
        resetSums<T>();
      } else {
        loadSums<T>(group);
      }
      if (dy == 0) {
        addSums<T>(x + offset, bytes, group.pivot);
      } else {
        const index = (g - begin) * perGroup + (j % perGroup);
        const sums = changetype<GradientSums>(gradients + index * gradientBytes<T>());
        loadGradientSums<T>(sums);
        addGradientSums<T>(x + offset, dy + offset, 0, bytes, group.pivot);
        storeGradientSums<T>(sums);
      }
      storeSums<T>(group);
    }
  }
}
