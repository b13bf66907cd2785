import type { Groups } from '../groups';

/** For each element in gathered order, the largest finite magnitude in its group. */
export function largestInGroup(values: Float64Array, groups: Groups): Float64Array {
  const largest = new Float64Array(values.length);
  for (let g = 0; g < groups.count; g++) {
    const [from, to] = [g * groups.size, (g + 1) * groups.size];
    largest.fill(largestMagnitude(values, from, to), from, to);
  }
  return largest;
}

/** For each element, the largest finite magnitude of all. */
export function largestOfAll(values: Float64Array): Float64Array {
  return new Float64Array(values.length).fill(largestMagnitude(values, 0, values.length));
}

function largestMagnitude(values: Float64Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest;
}
