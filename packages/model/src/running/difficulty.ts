import type { NormCall } from '@normlayers/core';
import { type CallPlan, planCall, sizeOf, widened } from '@normlayers/core/adapter';

/** How hard the input of a call is. */
export interface Difficulty {
  /** The largest mean(abs(x)) * invStd of its groups. */
  readonly kappa: number;
  readonly largest: number;
  readonly halfHeadroomBits: number;
}

/** The largest finite float16. */
const LARGEST_HALF = 65504;

/** What in a call's input makes it hard: how far it is from 0 beside its spread, and how large its squares are. */
export function difficultyOf(call: NormCall): Difficulty {
  const plan = planCall(call);
  const x = widened(call.x.data);
  const { count, of } = groupsOf(call.x.shape, plan);
  const sums = () => new Float64Array(count);
  const [sizes, mean, magnitude, variance, largestSquare] = [sums(), sums(), sums(), sums(), sums()];
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const group = of[i]!;
    sizes[group]! += 1;
    mean[group]! += x[i]!;
    magnitude[group]! += Math.abs(x[i]!);
    largest = Math.max(largest, Number.isFinite(x[i]!) ? Math.abs(x[i]!) : Infinity);
  }
  for (let group = 0; group < count; group++) {
    mean[group] = plan.centred ? mean[group]! / sizes[group]! : 0;
    magnitude[group]! /= sizes[group]!;
  }
  for (let i = 0; i < x.length; i++) {
    const group = of[i]!;
    const square = (x[i]! - mean[group]!) ** 2;
    variance[group]! += square / sizes[group]!;
    largestSquare[group] = Math.max(largestSquare[group]!, square);
  }
  const given = 'variance' in call && call.variance ? widened(call.variance.data) : null;
  let [kappa, most] = [0, 0];
  for (let group = 0; group < count; group++) {
    const deviation = Math.sqrt((given?.[group] ?? variance[group]!) + plan.epsilon);
    if (magnitude[group]! > 0) kappa = Math.max(kappa, magnitude[group]! / deviation);
    if (given === null) most = Math.max(most, largestSquare[group]!);
  }
  return { kappa, largest, halfHeadroomBits: most === 0 ? Infinity : Math.log2(LARGEST_HALF / most) };
}

/** Which elements share statistics: a group number for each. */
function groupsOf(shape: readonly number[], { axes, channelAxis, groups }: CallPlan) {
  const perGroup = channelAxis === null || groups === null ? 1 : shape[channelAxis]! / groups;
  const strides = new Array<number>(shape.length).fill(0);
  let count = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) continue;
    strides[axis] = count;
    count *= axis === channelAxis ? shape[axis]! / perGroup : shape[axis]!;
  }
  const of = new Int32Array(sizeOf(shape));
  for (let i = 0; i < of.length; i++) {
    let rest = i;
    let group = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (strides[axis] !== 0)
        group += strides[axis]! * (axis === channelAxis ? Math.floor(at / perGroup) : at);
    }
    of[i] = group;
  }
  return { count, of };
}
