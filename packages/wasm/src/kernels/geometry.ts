import type { CallPlan } from '@normlayers/core/adapter';
import type { KernelKind } from './kernel-table';

/**
 * How the elements of rows, groups or channels lie, which decides the kernel. The plan's two views become
 * three kinds:
 *
 * - `rows`: the parameter changes from element to element along a row;
 * - `stretches`: neighbours share a parameter, along a row or in a channel;
 * - `columns`: neighbours are of different channels.
 *
 * The fields from `groupStride` on are those of a launch (assembly/launch.ts says what they mean).
 */
export interface Geometry {
  readonly kind: KernelKind;
  /** What has statistics of its own: rows, groups or channels. */
  readonly units: number;
  /**
   * How many neighbours share one parameter in the arrays that the kernel gets; 1 unless each parameter is
   * repeated.
   */
  readonly repeat: number;
  readonly groupStride: number;
  readonly runs: number;
  readonly runStride: number;
  readonly length: number;
  readonly perParameter: number;
  readonly count: number;
  readonly columns: number;
}

/**
 * From so many neighbours on, a loop of its own for each stretch is faster than parameters for each element.
 */
const SHORTEST_STRETCH = 32;
/** Narrower rows of columns are taken several at a time, so that vectors are filled. */
const NARROWEST = 64;
/** So many elements the columns' kernels take at a time: two vectors of float32. */
const PAIR = 8;

export function geometryOf({ view }: CallPlan): Geometry {
  const { count, inner } = view.parameters;
  if (view.family === 'rows') {
    const { rows: units, features } = view;
    const row = { units, groupStride: features, columns: 0 };
    if (inner < SHORTEST_STRETCH) {
      const repeated = { repeat: inner, perParameter: 1, count: count * inner };
      return { kind: 'rows', ...row, ...repeated, runs: 1, runStride: features, length: features };
    }
    const stretch = { runs: features / inner, runStride: inner, length: inner };
    return { kind: 'stretches', ...row, ...stretch, repeat: 1, perParameter: inner, count };
  }
  const { outer, channels } = view;
  const period = channels * inner;
  const channel = {
    units: channels,
    repeat: 1,
    groupStride: inner,
    runs: outer,
    runStride: period,
    length: inner,
    perParameter: outer * inner,
    count: channels,
  };
  if (inner >= SHORTEST_STRETCH) return { kind: 'stretches', ...channel, columns: 0 };
  let repetitions = Math.min(Math.ceil(NARROWEST / period), outer || 1);
  // What of a row fills no pair of vectors goes element by element: [458752, 14] trains in 4.0 ms, not 9.3.
  if (period < 2 * NARROWEST && outer > 512) while ((period * repetitions) % PAIR) repetitions++;
  return { kind: 'columns', ...channel, columns: period * repetitions };
}

/** How many elements share the statistics of a unit. */
export function elementsPerUnit({ runs, length }: Geometry): number {
  return runs * length;
}

/** Whether units lie one behind another, so that a part of them is a part of the data. */
export function unitsFollow(geometry: Geometry): boolean {
  return geometry.kind !== 'columns' && geometry.groupStride === elementsPerUnit(geometry);
}

/** What the stretches' kernels note of a group, by the size of an element (assembly/stretches/groups.ts). */
export const GROUP_BYTES = { 4: 32, 8: 40 } as const;
/** The same of each of a group's parameters, backward. */
export const GRADIENT_BYTES = { 4: 16, 8: 32 } as const;

/** How many bytes of scratch the kernels need, with elements of `size` bytes: what assembly's kernels say. */
export function scratchBytes(geometry: Geometry, size: 4 | 8): number {
  const { kind, units, length, perParameter, runs, count, columns } = geometry;
  if (kind === 'rows') return 2 * count * size;
  if (kind === 'columns') return columns * 12 * size + count;
  const groups = unitsFollow(geometry) ? 1 : units;
  const parametersPerGroup = (runs * length) / perParameter;
  return groups * (GROUP_BYTES[size] + parametersPerGroup * GRADIENT_BYTES[size]);
}
