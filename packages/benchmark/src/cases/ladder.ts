import type { DType, Layout, Mode, Op } from '@normlayers/core';
import { checkArguments } from '@normlayers/core/adapter';
import { type BenchCase, isRowsOnly } from './bench-case';

/**
 * Rows times features: one row of a transformer; x in a first-level cache (12 kB), in a second-level one (0.4 MB), in a
 * third-level one (3 MB); two of 12 and 16 MB, at the edge of common third-level caches; out of every cache (134 MB).
 */
const ROWS: readonly (readonly number[])[] = [
  [1, 768],
  [4, 768],
  [128, 768],
  [1024, 768],
  [4096, 768],
  [1024, 4096],
  [32768, 1024],
];

/** Maps of convolutional networks, as [N, C, H, W]: x of 8 kB, 0.8 MB, 6.4 MB and 26 MB. */
const MAPS: readonly (readonly number[])[] = [
  [1, 8, 16, 16],
  [1, 64, 56, 56],
  [8, 256, 28, 28],
  [32, 64, 56, 56],
];

/** Which cases a ladder has. */
export interface LadderOptions {
  /** Default: Layer and Batch Norm. */
  readonly ops?: readonly Op[];
  /** Default: inference. */
  readonly modes?: readonly Mode[];
  /** Default: float32. */
  readonly dtypes?: readonly DType[];
  /** Default: both, for operations that have one. */
  readonly layouts?: readonly Layout[];
  /**
   * x's shapes, in place of the ladder's. As they are where `layouts` is given; else they are channels-first, and channels-last
   * takes the same maps, with the channels moved to the end.
   */
  readonly shapes?: readonly (readonly number[])[];
}

/**
 * The cases of operations and modes over a ladder of sizes, from one row to more than a cache holds.
 *
 * @example
 * ```ts
 * import { ladder } from '@normlayers/benchmark';
 *
 * const cases = ladder({ ops: ['batchNorm'], layouts: ['channels-last'] });
 * assert.deepEqual(cases.at(-1)?.shape, [32, 56, 56, 64]);
 * ```
 */
export function ladder(options: LadderOptions = {}): BenchCase[] {
  checkArguments('ladder', options, ['ops', 'modes', 'dtypes', 'layouts', 'shapes']);
  const {
    ops = ['layerNorm', 'batchNorm'],
    modes = ['inference'],
    dtypes = ['float32'],
    layouts = ['channels-first', 'channels-last'],
    shapes,
  } = options;
  const asTheyAre = shapes !== undefined && options.layouts !== undefined;
  const cases: BenchCase[] = [];
  for (const op of ops) {
    for (const mode of modes) {
      for (const dtype of dtypes) {
        if (isRowsOnly(op)) {
          for (const shape of shapes ?? ROWS) cases.push({ op, mode, dtype, shape });
          continue;
        }
        for (const layout of layouts) {
          for (const map of shapes ?? MAPS) {
            cases.push({ op, mode, dtype, shape: asTheyAre ? map : inLayout(map, layout), layout });
          }
        }
      }
    }
  }
  return cases;
}

function inLayout(map: readonly number[], layout: Layout): readonly number[] {
  return layout === 'channels-first' ? map : [...map.slice(0, 1), ...map.slice(2), ...map.slice(1, 2)];
}
