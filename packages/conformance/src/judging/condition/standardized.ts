import type { CallOf, NormCall, NormResult, Tensor, TrainingResult } from '@normlayers/core';
import { attributesOf, type CallPlan, compute } from '@normlayers/core/adapter';
import { ROUNDINGS, summationRoundings } from '../bounds';
import { type Groups, groupsOf } from '../groups';
import { smallestNormalOf } from '../number-format';

/** A call's standardized input and statistics, group after group, in float64. */
export interface Standardized {
  readonly groups: Groups;
  readonly x: Float64Array;
  readonly xhat: Float64Array;
  readonly invStd: Float64Array;
  /** Mean(abs(x)) of each group. */
  readonly meanAbs: Float64Array;
  /**
   * The mean's condition number, mean(abs(x)) * invStd: how far x-hat is off where the mean is off by a relative 1 of
   * mean(abs(x)). abs(mean) * invStd where the mean is given; 0 for RMS Norm, which takes no mean off. A mean among
   * denormals cannot be rounded better than to half their spacing, so mean(abs(x)) counts as a normal number at least.
   *
   * Sums of equal terms round one way for long stretches, so that their roundings are anything but independent: a constant
   * group's kappa is larger by what the certain bound of its sum exceeds the probable one (`bounds.ts`).
   */
  readonly kappa: Float64Array;
  /** 1 where all elements of the group are one and the same finite number, and the statistics are its own. */
  readonly constant: Uint8Array;
  readonly anyConstant: boolean;
  /** By what part of itself a constant group's kappa has been enlarged. */
  readonly constantExcess: number;
  readonly centred: boolean;
  /** Whether the statistics are x's own. */
  readonly own: boolean;
  /** How many elements share statistics; 0 where these are given. */
  readonly n: number;
}

/** Standardizes a call. `wide` is the same call in float64. */
export function standardizedOf(call: NormCall, wide: NormCall, plan: CallPlan): Standardized {
  const groups = groupsOf(plan.view, call.x.shape);
  const x = groups.gather(numbersOf(wide.x));
  const { centred } = plan;
  const given = plan.statistics === 'given';
  const n = given ? 0 : plan.n;
  const { y, mean, invStd } = given ? givenStatistics(wide, plan) : ownStatistics(wide, x.length);
  const likely = summationRoundings(n);
  const constantExcess = (n - likely) / (likely + ROUNDINGS);
  const leastMean = smallestNormalOf(call.x.dtype === 'float64' ? 'float64' : 'float32');
  const meanAbs = new Float64Array(groups.count);
  const kappa = new Float64Array(groups.count);
  const constant = new Uint8Array(groups.count);
  for (let g = 0; g < groups.count; g++) {
    const group = x.subarray(g * groups.size, (g + 1) * groups.size);
    meanAbs[g] = meanOfAbsolute(group);
    if (!centred) continue;
    constant[g] = !given && isConstant(group) ? 1 : 0;
    kappa[g] = Math.max(given ? Math.abs(mean[g]) : meanAbs[g], leastMean) * invStd[g];
    if (constant[g] === 1) kappa[g] *= 1 + constantExcess;
  }
  return {
    groups,
    x,
    xhat: groups.gather(y),
    invStd,
    meanAbs,
    kappa,
    constant,
    anyConstant: constant.includes(1),
    constantExcess,
    centred,
    own: !given,
    n,
  };
}

/** The group's kappa, 0 for groups whose mean is known for certain. */
export function varyingKappa({ kappa, constant }: Standardized): Float64Array {
  return kappa.map((value, g) => (constant[g] === 1 ? 0 : value));
}

/** X-hat is y without gamma and beta. Inference of an empty batch has no statistics. */
function ownStatistics(wide: NormCall, size: number): Record<'y' | 'mean' | 'invStd', Float64Array> {
  const empty = new Float64Array(0);
  if (size === 0) return { y: empty, mean: empty, invStd: empty };
  const call = { ...attributesOf(wide), op: wide.op, mode: 'training', x: wide.x };
  const bare = compute(call as NormCall) as TrainingResult;
  const invStd = numbersOf((bare.invStd ?? bare.invRms) as Tensor);
  return { y: numbersOf(bare.y), mean: bare.mean === undefined ? empty : numbersOf(bare.mean), invStd };
}

function givenStatistics(
  wide: NormCall,
  { epsilon }: CallPlan,
): Record<'y' | 'mean' | 'invStd', Float64Array> {
  const { mean, variance, x } = wide as CallOf<'batchNorm', 'inference'>;
  const call = { ...attributesOf(wide), op: wide.op, mode: 'inference', x, mean, variance };
  const bare = compute(call as NormCall);
  return {
    y: numbersOf((bare as NormResult).y as Tensor),
    mean: numbersOf(mean),
    invStd: numbersOf(variance).map((value) => 1 / Math.sqrt(value + epsilon)),
  };
}

/** A float64 tensor's numbers. */
export function numbersOf({ data }: Tensor): Float64Array {
  return data as Float64Array;
}

/** Gamma or beta by parameter number; `absent` where the call has none. */
export function parameterOf(wide: NormCall, name: 'gamma' | 'beta', absent: number): (p: number) => number {
  const given = (wide as { gamma?: Tensor; beta?: Tensor })[name];
  if (given === undefined) return () => absent;
  const numbers = numbersOf(given);
  return (p) => numbers[p];
}

export function forEachGroup(groups: Groups, visit: (g: number, from: number, to: number) => void): void {
  for (let g = 0; g < groups.count; g++) visit(g, g * groups.size, (g + 1) * groups.size);
}

function meanOfAbsolute(group: Float64Array): number {
  let total = 0;
  for (let i = 0; i < group.length; i++) total += Math.abs(group[i]) / group.length;
  return total;
}

function isConstant(group: Float64Array): boolean {
  const first = group[0];
  if (!Number.isFinite(first)) return false;
  for (let i = 1; i < group.length; i++) if (group[i] !== first) return false;
  return group.length > 0;
}
