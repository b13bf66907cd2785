import type { CallPlan } from '@normlayers/core';

/**
 * How a group's elements lie, which decides the kernel. The two views become three: a row or channel whose neighbours
 * share a parameter is made of stretches; elsewhere parameters vary from element to element, along a row or across columns.
 */
export type Geometry = RowsGeometry | StretchesGeometry | ColumnsGeometry;

interface Common {
  /** What the kernel can be split by: rows, groups or channels. */
  readonly units: number;
  /** How many neighbours share one parameter in the arrays that the kernel gets; 1 unless each parameter is repeated. */
  readonly repeat: number;
  /** How many elements the statistics of one unit are of. */
  readonly elementsPerUnit: number;
}

/** Row r takes parameters from (r * features) % pattern on. */
export interface RowsGeometry extends Common {
  readonly kind: 'rows';
  readonly features: number;
  readonly pattern: number;
}

export interface StretchesGeometry extends Common {
  readonly kind: 'stretches';
  readonly groupStride: number;
  readonly runs: number;
  readonly runStride: number;
  readonly length: number;
  readonly paramPerGroup: number;
  readonly paramStep: 0 | 1;
  readonly paramCount: number;
}

export interface ColumnsGeometry extends Common {
  readonly kind: 'columns';
  readonly channels: number;
  readonly inner: number;
  readonly columns: number;
}

/** From so many neighbours on, a loop of its own for each stretch is faster than parameters for each element. */
const SHORTEST_STRETCH = 32;
/** Narrower rows of columns are taken several at a time, so that vectors are filled. */
const NARROWEST = 64;
/** So many elements the kernels take at a time: two vectors of float32. */
const PAIR = 8;

export function geometryOf({ view }: CallPlan): Geometry {
  const { count, inner } = view.parameters;
  if (view.family === 'rows') {
    const { rows, features } = view;
    if (inner < SHORTEST_STRETCH) {
      const pattern = count * inner;
      return { kind: 'rows', units: rows, repeat: inner, elementsPerUnit: features, features, pattern };
    }
    const runs = features / inner;
    return {
      kind: 'stretches',
      units: rows,
      repeat: 1,
      elementsPerUnit: features,
      groupStride: features,
      runs,
      runStride: inner,
      length: inner,
      paramPerGroup: runs,
      paramStep: 1,
      paramCount: count,
    };
  }
  const { outer, channels } = view;
  const elementsPerUnit = outer * inner;
  if (inner >= SHORTEST_STRETCH) {
    return {
      kind: 'stretches',
      units: channels,
      repeat: 1,
      elementsPerUnit,
      groupStride: inner,
      runs: outer,
      runStride: channels * inner,
      length: inner,
      paramPerGroup: 1,
      paramStep: 0,
      paramCount: channels,
    };
  }
  const period = channels * inner;
  let repetitions = Math.min(Math.ceil(NARROWEST / period), outer || 1);
  // What of a row fills no pair of vectors goes element by element: [458752, 14] trains in 4.0 ms, not 9.3.
  if (period < 2 * NARROWEST && outer > 512) while ((period * repetitions) % PAIR) repetitions++;
  return {
    kind: 'columns',
    units: channels,
    repeat: 1,
    elementsPerUnit,
    channels,
    inner,
    columns: period * repetitions,
  };
}

/** How many parameters the kernel's arrays hold. */
export function parameterLength(geometry: Geometry): number {
  switch (geometry.kind) {
    case 'rows':
      return geometry.pattern;
    case 'stretches':
      return geometry.paramCount;
    case 'columns':
      return geometry.channels;
  }
}

/** How many bytes of scratch a kernel needs, with elements of `size` bytes. */
export function scratchBytes(geometry: Geometry, size: number): number {
  switch (geometry.kind) {
    case 'rows':
      return 128 + 2 * geometry.pattern * size;
    case 'stretches':
      return (
        128 +
        (geometry.paramStep === 0
          ? (16 + 8 * size) * geometry.units
          : 16 + 4 * size + 4 * size * geometry.runs)
      );
    case 'columns':
      return geometry.columns * 12 * size + geometry.channels;
  }
}
