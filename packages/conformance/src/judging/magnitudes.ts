import {
  type CallOf,
  type CallPlan,
  compute,
  type DType,
  type NormCall,
  type NormResult,
  type OutputName,
  type Tensor,
  type TrainingResult,
  widened,
} from '@normlayers/core';
import { type Allowance, shiftOf } from './bounds';
import { type Groups, groupsOf } from './groups';

/** What the tolerance rule needs of each output of a call. */
export type Allowances = Partial<Record<OutputName, Allowance>>;

/** A call's standardized input and statistics, group after group, in float64. */
interface Standardized {
  readonly groups: Groups;
  readonly x: Float64Array;
  readonly xhat: Float64Array;
  readonly invStd: Float64Array;
  /** How far x-hat may be off through the mean; 0 for a constant group, whose x-hat is exactly 0, and for RMS Norm. */
  readonly shift: Float64Array;
  /** Mean(abs(x)) of each group. */
  readonly meanAbs: Float64Array;
  /** Whether all elements of the group are one and the same finite number. */
  readonly constant: Uint8Array;
  readonly centred: boolean;
  readonly n: number;
}

/**
 * Natural magnitudes, and what changes through x-hat, for every output of a call. In what follows x-hat of a group may
 * be off by at most `shift` in each element; first-order changes of each output follow from its formula.
 *
 * @param call with its own types, `wide` the same in float64, `results` the truth of `wide`.
 */
export function allowancesOf(
  call: NormCall,
  wide: NormCall,
  results: NormResult,
  plan: CallPlan,
): Allowances {
  const standardized = standardizedOf(call, wide, plan);
  if (wide.mode === 'backward') return gradients(call, wide, results, standardized);
  return {
    y: output(call, wide, results, standardized),
    ...(wide.mode === 'training'
      ? { ...statistics(plan.statisticsType, standardized, results), ...running(call, plan, standardized) }
      : {}),
  };
}

function standardizedOf(call: NormCall, wide: NormCall, plan: CallPlan): Standardized {
  const groups = groupsOf(plan.view, call.x.shape);
  const x = groups.gather(values(wide.x));
  const fixed = plan.n === 0 && 'mean' in wide && wide.mean !== undefined ? wide : null;
  const { y, mean, invStd } = fixed === null ? ownStatistics(wide, x.length) : givenStatistics(fixed, plan);
  const centred = call.op !== 'rmsNorm';
  const meanAbs = new Float64Array(groups.count);
  const shift = new Float64Array(groups.count);
  const constant = new Uint8Array(groups.count);
  for (let g = 0; g < groups.count; g++) {
    const group = x.subarray(g * groups.size, (g + 1) * groups.size);
    meanAbs[g] = meanOfAbsolute(group);
    constant[g] = fixed === null && centred && isConstant(group) ? 1 : 0;
    if (centred && constant[g] === 0) {
      shift[g] = shiftOf(fixed === null ? meanAbs[g] : Math.abs(mean[g]), invStd[g], call.x.dtype);
    }
  }
  return { groups, x, xhat: groups.gather(y), invStd, shift, meanAbs, constant, centred, n: plan.n };
}

/** x-hat is y without gamma and beta. Inference of an empty batch has no statistics. */
function ownStatistics(wide: NormCall, size: number): Record<'y' | 'mean' | 'invStd', Float64Array> {
  const empty = new Float64Array(0);
  if (size === 0) return { y: empty, mean: empty, invStd: empty };
  const bare = compute({ ...attributesOf(wide), mode: 'training', x: wide.x } as NormCall) as TrainingResult;
  const invStd = values(bare.invStd ?? bare.invRms!);
  return { y: values(bare.y), mean: bare.mean === undefined ? empty : values(bare.mean), invStd };
}

function givenStatistics(
  wide: CallOf<'batchNorm'> & { mean?: Tensor; variance?: Tensor },
  { epsilon }: CallPlan,
): Record<'y' | 'mean' | 'invStd', Float64Array> {
  const { mean, variance, x } = wide as CallOf<'batchNorm', 'inference'>;
  const bare = compute({
    ...attributesOf(wide),
    mode: 'inference',
    x,
    mean,
    variance,
  } as NormCall) as NormResult;
  return {
    y: values(bare.y!),
    mean: values(mean),
    invStd: values(variance).map((value) => 1 / Math.sqrt(value + epsilon)),
  };
}

function attributesOf(call: NormCall): object {
  const { op, epsilon, layout, axis, axes, groups } = call as NormCall & Record<string, unknown>;
  return { op, epsilon, layout, axis, axes, groups };
}

/** y = gamma * xhat + beta. Natural: abs(gamma * xhat) + abs(beta). Through x-hat: abs(gamma) * shift. */
function output(call: NormCall, wide: NormCall, results: NormResult, standardized: Standardized): Allowance {
  const { groups, xhat, shift, constant, n } = standardized;
  const gamma = parameter(wide, 'gamma', 1);
  const beta = parameter(wide, 'beta', 0);
  const y = groups.gather(values(results.y!));
  const natural = new Float64Array(xhat.length);
  const through = new Float64Array(xhat.length);
  const exact = new Uint8Array(xhat.length);
  const largest = new Float64Array(xhat.length);
  forEachGroup(groups, (g, from, to) => {
    let largestHere = 0;
    for (let i = from; i < to; i++) {
      const p = groups.parameter(i);
      natural[i] = Math.abs(gamma(p) * xhat[i]) + Math.abs(beta(p));
      through[i] = Math.abs(gamma(p)) * shift[g];
      exact[i] = constant[g];
      largestHere = Math.max(largestHere, Math.abs(y[i]));
    }
    largest.fill(largestHere, from, to);
  });
  return {
    dtype: call.x.dtype,
    natural: groups.scatter(natural),
    through: groups.scatter(through),
    n,
    exact: Uint8Array.from(groups.scatter(Float64Array.from(exact))),
    largest: groups.scatter(largest),
  };
}

/**
 * mean: natural mean(abs(x)); nothing goes through x-hat.
 *
 * invStd = (variance + epsilon)^-1/2: natural invStd. If every x is off by e = shift / invStd, the variance changes by
 * at most 2 * e * mean(abs(x - mean)) + e^2, and mean(abs(x - mean)) * invStd <= 1; half of that, relatively, is
 * invStd's change: invStd * (shift + shift^2 / 2).
 */
function statistics(
  dtype: DType,
  { invStd, shift, meanAbs, n, centred }: Standardized,
  results: NormResult,
): Allowances {
  const inverse: Allowance = {
    dtype,
    natural: invStd,
    through: shift.map((s, g) => invStd[g] * (s + s ** 2 / 2)),
    n,
  };
  if (!centred) return { invRms: inverse };
  const nothing = new Float64Array(values(results.mean!).length);
  return { mean: { dtype, natural: meanAbs, through: nothing, n }, invStd: inverse };
}

/**
 * new = keep * old + take * batch. Running mean: natural keep * abs(old) + take * mean(abs(x)).
 *
 * Running variance: natural keep * abs(old) + take * factor * variance. With every x off by e = 8 * u32 * mean(abs(x))
 * the variance changes by at most 2 * e * sqrt(variance) + e^2. For Instance Norm each is the mean over its instances.
 */
function running(call: NormCall, plan: CallPlan, standardized: Standardized): Allowances {
  if (plan.running === null || call.mode !== 'training' || !('runningMean' in call)) return {};
  const { keep, take, varianceFactor } = plan.running;
  const { groups, meanAbs, x, n, constant } = standardized;
  const channels = plan.view.parameters.count;
  const instances = groups.count / channels;
  const size = () => new Float64Array(channels);
  const mean = { natural: size(), through: size() };
  const variance = { natural: size(), through: size() };
  const old = { mean: widened(call.runningMean!.data), variance: widened(call.runningVar!.data) };
  for (let c = 0; c < channels; c++) {
    mean.natural[c] = keep * Math.abs(old.mean[c]);
    variance.natural[c] = keep * Math.abs(old.variance[c]);
  }
  forEachGroup(groups, (g, from, to) => {
    const c = g % channels;
    const spread = varianceOf(x.subarray(from, to));
    const e = shiftOf(meanAbs[g], 1, call.x.dtype);
    const linear = constant[g] === 1 ? 0 : 2 * e * Math.sqrt(spread);
    mean.natural[c] += (take * meanAbs[g]) / instances;
    variance.natural[c] += (take * varianceFactor * spread) / instances;
    variance.through[c] += (take * varianceFactor * (linear + e ** 2)) / instances;
  });
  return {
    runningMean: { dtype: call.runningMean!.dtype, ...mean, n },
    runningVar: { dtype: call.runningVar!.dtype, ...variance, n },
  };
}

/**
 * dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), dxhat = dy * gamma.
 * Natural: invStd * (abs(dxhat) + mean(abs(dxhat)) + abs(xhat) * mean(abs(dxhat * xhat))).
 * Through x-hat, with each x-hat off by at most s: the factor xhat changes its term by s * mean(abs(dxhat * xhat)), the
 * mean changes by s * mean(abs(dxhat)), and invStd by a relative s: together
 * s * (invStd * (mean(abs(dxhat * xhat)) + abs(xhat) * mean(abs(dxhat))) + natural).
 * RMS Norm has no mean(dxhat). With given statistics dx = dxhat * invStd, which no x-hat reaches.
 *
 * dgamma = sum(dy * xhat): natural sum(abs(dy * xhat)), through x-hat sum(s * abs(dy)).
 * dbeta = sum(dy): natural sum(abs(dy)).
 * dmean = -dbeta * gamma * invStd and dvariance = -dgamma * gamma * invStd^2 / 2 scale the same.
 */
function gradients(
  call: NormCall,
  wide: NormCall,
  results: NormResult,
  standardized: Standardized,
): Allowances {
  const { groups, xhat, invStd, shift, centred, n } = standardized;
  const { dy } = wide as CallOf<NormCall['op'], 'backward'>;
  const dyGrouped = groups.gather(values(dy));
  const gamma = parameter(wide, 'gamma', 1);
  const count = values(results.dgamma!).length;
  const scale = { natural: new Float64Array(count), through: new Float64Array(count) };
  const offset = { natural: new Float64Array(count), through: new Float64Array(count) };
  const input = { natural: new Float64Array(xhat.length), through: new Float64Array(xhat.length) };
  const own = n !== 0;
  forEachGroup(groups, (g, from, to) => {
    const s = shift[g];
    let dxhatMean = 0;
    let alongMean = 0;
    for (let i = from; i < to; i++) {
      const p = groups.parameter(i);
      const given = Math.abs(dyGrouped[i]);
      scale.natural[p] += given * Math.abs(xhat[i]);
      scale.through[p] += s * given;
      offset.natural[p] += given;
      dxhatMean += (given * Math.abs(gamma(p))) / groups.size;
      alongMean += (given * Math.abs(gamma(p) * xhat[i])) / groups.size;
    }
    for (let i = from; i < to; i++) {
      const dxhat = Math.abs(dyGrouped[i] * gamma(groups.parameter(i)));
      const length = Math.abs(xhat[i]);
      const terms = own ? dxhat + (centred ? dxhatMean : 0) + length * alongMean : dxhat;
      input.natural[i] = invStd[g] * terms;
      input.through[i] = own ? s * invStd[g] * (alongMean + length * dxhatMean + terms) : 0;
    }
  });
  const summed = Math.max(n, (groups.count * groups.size) / Math.max(count, 1));
  const parameterType = call.gamma?.dtype ?? call.x.dtype;
  return {
    dx: {
      dtype: call.x.dtype,
      natural: groups.scatter(input.natural),
      through: groups.scatter(input.through),
      n,
    },
    dgamma: { dtype: parameterType, ...scale, n: summed },
    ...(centred ? { dbeta: { dtype: parameterType, ...offset, n: summed } } : {}),
    ...(own || !('mean' in call) || call.mean === undefined
      ? {}
      : {
          dmean: {
            ...scaled(offset, (c) => Math.abs(gamma(c)) * invStd[c]),
            dtype: call.mean.dtype,
            n: summed,
          },
          dvariance: {
            ...scaled(scale, (c) => 0.5 * Math.abs(gamma(c)) * invStd[c] ** 2),
            dtype: (call.variance as Tensor).dtype,
            n: summed,
          },
        }),
  };
}

function scaled(
  { natural, through }: Record<'natural' | 'through', Float64Array>,
  factor: (channel: number) => number,
): Record<'natural' | 'through', Float64Array> {
  return {
    natural: natural.map((value, c) => value * factor(c)),
    through: through.map((value, c) => value * factor(c)),
  };
}

function forEachGroup(groups: Groups, visit: (g: number, from: number, to: number) => void): void {
  for (let g = 0; g < groups.count; g++) visit(g, g * groups.size, (g + 1) * groups.size);
}

function parameter(wide: NormCall, name: 'gamma' | 'beta', absent: number): (p: number) => number {
  const given = (wide as { gamma?: Tensor; beta?: Tensor })[name];
  if (given === undefined) return () => absent;
  const numbers = values(given);
  return (p) => numbers[p];
}

/** A float64 tensor's numbers. */
function values({ data }: Tensor): Float64Array {
  return data as Float64Array;
}

function meanOfAbsolute(group: Float64Array): number {
  let total = 0;
  for (const value of group) total += Math.abs(value) / group.length;
  return total;
}

function varianceOf(group: Float64Array): number {
  let mean = 0;
  for (const value of group) mean += value / group.length;
  let variance = 0;
  for (const value of group) variance += (value - mean) ** 2 / group.length;
  return variance;
}

function isConstant(group: Float64Array): boolean {
  const first = group[0];
  return Number.isFinite(first) && group.every((value) => value === first);
}
