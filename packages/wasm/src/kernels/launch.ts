import type { Geometry } from './geometry';
import type { KernelName } from './kernel-table';

/** Where the tensors are, in bytes. */
export interface TensorPlaces {
  readonly x: number;
  /** y, or dx. May be x or dy, but for columns. */
  readonly out: number;
  readonly dy: number;
}

/** Where all else is, in bytes; 0 where there is nothing. */
export interface Places {
  readonly gamma: number;
  readonly beta: number;
  /** float64, one per unit. */
  readonly fixedMean: number;
  readonly fixedInvStd: number;
  readonly mean: number;
  readonly variance: number;
  readonly invStd: number;
  /** float64, one per parameter. */
  readonly dgamma: number;
  readonly dbeta: number;
  readonly scratch: number;
  /** By how many bytes each thread's scratch, and its sums dgamma and dbeta, come after the last one's. */
  readonly scratchStride: number;
  readonly sumsStride: number;
}

/** A call of a kernel, of which threads may each compute a part. The scratch is its last argument. */
export interface Launch {
  readonly kernel: KernelName;
  readonly args: number[];
  /** Which argument is the first unit; the one after it is where the units end. */
  readonly range: number;
  readonly scratchStride: number;
  readonly sumsStride: number;
}

/**
 * The call of the kernel that computes units `begin` to `end`.
 *
 * @param elements for Batch Norm: how many are at hand.
 */
export function launchOf(
  geometry: Geometry,
  backward: boolean,
  { x, out, dy }: TensorPlaces,
  p: Places,
  begin: number,
  end: number,
  centred: boolean,
  epsilon: number,
  elements: number,
): Launch {
  const { kind } = geometry;
  const head = backward ? [x, dy, out, p.gamma, p.dgamma, p.dbeta] : [x, out, p.gamma, p.beta];
  const fixed = kind === 'rows' ? [] : [p.fixedMean, p.fixedInvStd];
  const statistics = backward ? [] : [p.mean, p.variance, p.invStd];
  const before = [...head, ...fixed, ...statistics];
  return {
    kernel: `${kind}${backward ? 'Backward' : 'Forward'}`,
    args: [...before, ...placesOf(geometry, begin, end, centred, elements), epsilon, p.scratch],
    range: before.length + (kind === 'columns' ? 4 : 0),
    scratchStride: p.scratchStride,
    sumsStride: p.sumsStride,
  };
}

/** Which units, and how their elements lie. */
function placesOf(
  geometry: Geometry,
  begin: number,
  end: number,
  centred: boolean,
  elements: number,
): number[] {
  if (geometry.kind === 'columns') {
    return [elements, geometry.channels, geometry.inner, geometry.columns, begin, end];
  }
  const centredFlag = centred ? 1 : 0;
  if (geometry.kind === 'rows') return [begin, end, geometry.features, geometry.pattern, centredFlag];
  const { groupStride, runs, runStride, length, paramPerGroup, paramStep, paramCount } = geometry;
  return [
    begin,
    end,
    groupStride,
    paramStep === 0 ? elements / runStride : runs,
    runStride,
    length,
    paramPerGroup,
    paramStep,
    paramCount,
    centredFlag,
  ];
}
