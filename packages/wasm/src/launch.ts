import type { Geometry } from './geometry';
import type { KernelName } from './kernels';

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
}

/** A call of a kernel. */
export interface Launch {
  readonly kernel: KernelName;
  readonly args: number[];
}

/**
 * The call of the kernel that computes units `begin` to `end`.
 *
 * @param runs for stretches: how many of a group's, where not all of them are at hand.
 * @param elements for columns: how many there are.
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
  runs: number,
  elements: number,
): Launch {
  const head = backward ? [x, dy, out, p.gamma, p.dgamma, p.dbeta] : [x, out, p.gamma, p.beta];
  const fixed = [p.fixedMean, p.fixedInvStd];
  const statistics = backward ? [] : [p.mean, p.variance, p.invStd];
  const centredFlag = centred ? 1 : 0;
  switch (geometry.kind) {
    case 'rows': {
      const { features, pattern } = geometry;
      const tail = [begin, end, features, pattern, centredFlag, epsilon, p.scratch];
      return { kernel: backward ? 'rowsBackward' : 'rowsForward', args: [...head, ...statistics, ...tail] };
    }
    case 'stretches': {
      const { groupStride, runStride, length, paramPerGroup, paramStep, paramCount } = geometry;
      const group = [groupStride, runs, runStride, length, paramPerGroup, paramStep, paramCount];
      const tail = [begin, end, ...group, centredFlag, epsilon, p.scratch];
      return {
        kernel: backward ? 'stretchesBackward' : 'stretchesForward',
        args: [...head, ...fixed, ...statistics, ...tail],
      };
    }
    case 'columns': {
      const { channels, inner, columns } = geometry;
      const tail = [elements, channels, inner, columns, begin, end, epsilon, p.scratch];
      return {
        kernel: backward ? 'columnsBackward' : 'columnsForward',
        args: [...head, ...fixed, ...statistics, ...tail],
      };
    }
  }
}
