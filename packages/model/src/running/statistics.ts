import type { Norm } from '../norms/norm';

/** Which elements of a tensor share statistics: a group number for each element. */
export interface Groups {
  readonly count: number;
  readonly of: Int32Array;
}

/** The groups of a norm's input of some shape; of Batch Norm the channels. */
export function groupsOf(norm: Pick<Norm, 'op' | 'axes' | 'groups'>, dims: readonly number[]): Groups {
  const rank = dims.length;
  const size = dims.reduce((all, one) => all * one, 1);
  const shared = new Set((norm.axes ?? []).map((axis) => (axis < 0 ? axis + rank : axis)));
  // How far one step along an axis moves among the groups, each step of `per` elements.
  const steps = dims.map((_, axis) => {
    if (norm.op === 'layerNorm' || norm.op === 'rmsNorm') return shared.has(axis) ? 0 : 1;
    return axis === 1 || (axis === 0 && norm.op !== 'batchNorm') ? 1 : 0;
  });
  const channels = dims[1] ?? 1;
  const perGroup = norm.op === 'groupNorm' ? channels / (norm.groups ?? 1) : 1;
  const sizes = dims.map((one, axis) => (axis === 1 ? one / perGroup : one));
  const strides = new Array<number>(rank).fill(0);
  let count = 1;
  for (let axis = rank - 1; axis >= 0; axis--) {
    if (steps[axis] === 0) continue;
    strides[axis] = count;
    count *= sizes[axis]!;
  }
  const of = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    let rest = i;
    let group = 0;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const at = rest % dims[axis]!;
      rest = Math.floor(rest / dims[axis]!);
      group += strides[axis]! * (axis === 1 && perGroup > 1 ? Math.floor(at / perGroup) : at);
    }
    of[i] = group;
  }
  return { count, of };
}

/** Statistics of each group, in float64 and two passes. */
export function statisticsOf(x: Float64Array, { count, of }: Groups, centred: boolean) {
  const sums = () => new Float64Array(count);
  const [sizes, mean, meanMagnitude, variance, largestSquare] = [sums(), sums(), sums(), sums(), sums()];
  x.forEach((one, i) => {
    const group = of[i]!;
    sizes[group]! += 1;
    mean[group]! += one;
    meanMagnitude[group]! += Math.abs(one);
  });
  for (let group = 0; group < count; group++) {
    mean[group] = centred ? mean[group]! / sizes[group]! : 0;
    meanMagnitude[group]! /= sizes[group]!;
  }
  x.forEach((one, i) => {
    const group = of[i]!;
    const square = (one - mean[group]!) ** 2;
    variance[group]! += square / sizes[group]!;
    largestSquare[group] = Math.max(largestSquare[group]!, square);
  });
  return { mean, meanMagnitude, variance, largestSquare };
}
