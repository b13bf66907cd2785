import type { CallOf, NormCall, NormResult, Tensor } from '@normlayers/core';
import type { Condition, Conditions } from './condition';
import { largestInGroup, largestOfAll } from './largest';
import { forEachGroup, numbersOf, parameterOf, type Standardized, varyingKappa } from './standardized';

/**
 * dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), dxhat = dy * gamma.
 *
 * - natural: invStd * (abs(dxhat) + mean(abs(dxhat)) + abs(xhat) * mean(abs(dxhat * xhat)));
 * - through the mean, with each x-hat off by at most kappa: the factor xhat changes its term by
 *   kappa * mean(abs(dxhat * xhat)), the mean changes by kappa * mean(abs(dxhat)), and invStd by a relative kappa:
 *   together kappa * (invStd * (mean(abs(dxhat * xhat)) + abs(xhat) * mean(abs(dxhat))) + natural);
 * - at most: dx and what comes of it with every x-hat off by 1 + abs(xhat);
 * - dsum is added to dx, and its size to what is natural;
 * - RMS Norm has no mean(dxhat). With given statistics dx = dxhat * invStd, which no x-hat reaches;
 * - digits count from the largest abs(dx) of the group.
 *
 * dgamma = sum(dy * xhat): natural sum(abs(dy * xhat)), through the mean sum(kappa * abs(dy)).
 * dbeta = sum(dy): natural sum(abs(dy)).
 * dmean = -dbeta * gamma * invStd and dvariance = -dgamma * gamma * invStd^2 / 2 scale the same.
 * Digits of these count from the largest of all channels or features: they move together, and one that is near 0 by
 * chance has no digits of its own.
 */
export function gradientConditions(
  call: NormCall,
  wide: NormCall,
  results: NormResult,
  standardized: Standardized,
): Conditions {
  const { groups, xhat, invStd, kappa, centred, n, own, anyConstant } = standardized;
  const { dy } = wide as CallOf<NormCall['op'], 'backward'>;
  const { dsum } = wide as { readonly dsum?: Tensor };
  const dyGrouped = groups.gather(numbersOf(dy));
  const gamma = parameterOf(wide, 'gamma', 1);
  const parts = partsOf(standardized, dyGrouped, gamma);
  const { parameters } = groups;
  const count = numbersOf(results.dgamma as Tensor).length;
  const through = throughMeanOf(standardized, dyGrouped, parts, kappa, count);
  const varying = anyConstant
    ? throughMeanOf(standardized, dyGrouped, parts, varyingKappa(standardized), count)
    : null;
  const ofScale = new Float64Array(count);
  const ofOffset = new Float64Array(count);
  for (let i = 0; i < xhat.length; i++) {
    const given = Math.abs(dyGrouped[i]);
    ofScale[parameters[i]] += given * Math.abs(xhat[i]);
    ofOffset[parameters[i]] += given;
  }
  const summed = Math.max(n, (groups.count * groups.size) / Math.max(count, 1));
  const dtype = call.gamma?.dtype ?? call.x.dtype;
  const scaleOf = (name: 'dgamma' | 'dbeta' | 'dmean' | 'dvariance') =>
    largestOfAll(numbersOf(results[name] as Tensor));
  const dgamma: Condition = {
    dtype,
    n: summed,
    natural: ofScale,
    throughMean: through.scale,
    throughMeanMost: through.mostScale,
    ...(varying === null ? {} : { throughVaryingMean: varying.scale }),
    scale: scaleOf('dgamma'),
  };
  const conditions: { -readonly [K in keyof Conditions]: Conditions[K] } = {
    dx: {
      dtype: call.x.dtype,
      n,
      natural: withSizes(groups.scatter(parts.natural), dsum),
      throughMean: groups.scatter(through.input),
      throughMeanMost: groups.scatter(through.mostInput),
      ...(varying === null ? {} : { throughVaryingMean: groups.scatter(varying.input) }),
      scale: groups.scatter(largestInGroup(groups.gather(numbersOf(results.dx as Tensor)), groups)),
    },
    dgamma,
  };
  if (!centred) return conditions;
  const none = new Float64Array(count);
  conditions.dbeta = { dtype, n: summed, natural: ofOffset, throughMean: none, scale: scaleOf('dbeta') };
  if (own || !('mean' in call) || call.mean === undefined) return conditions;
  const times = (values: Float64Array, factor: (channel: number) => number) =>
    values.map((value, c) => value * factor(c));
  const byVariance = (c: number) => 0.5 * Math.abs(gamma(c)) * invStd[c] ** 2;
  conditions.dmean = {
    dtype: call.mean.dtype,
    n: summed,
    natural: times(ofOffset, (c) => Math.abs(gamma(c)) * invStd[c]),
    throughMean: none,
    scale: scaleOf('dmean'),
  };
  conditions.dvariance = {
    dtype: (call.variance as Tensor).dtype,
    n: summed,
    natural: times(ofScale, byVariance),
    throughMean: times(through.scale, byVariance),
    throughMeanMost: times(through.mostScale, byVariance),
    scale: scaleOf('dvariance'),
  };
  return conditions;
}

function withSizes(natural: Float64Array, dsum: Tensor | undefined): Float64Array {
  if (dsum === undefined) return natural;
  const added = numbersOf(dsum);
  return natural.map((value, i) => value + Math.abs(added[i]));
}

/** What dx is made of, in gathered order; the means are of each group. */
interface Parts {
  readonly natural: Float64Array;
  /** Mean(abs(dxhat)). */
  readonly dxhatMean: Float64Array;
  /** Mean(abs(dxhat * xhat)). */
  readonly dotMean: Float64Array;
}

function partsOf(
  { groups, xhat, invStd, centred, own }: Standardized,
  dy: Float64Array,
  gamma: (p: number) => number,
): Parts {
  const { parameters } = groups;
  const natural = new Float64Array(xhat.length);
  const dxhatMean = new Float64Array(groups.count);
  const dotMean = new Float64Array(groups.count);
  forEachGroup(groups, (g, from, to) => {
    for (let i = from; i < to; i++) {
      const dxhat = Math.abs(dy[i] * gamma(parameters[i]));
      dxhatMean[g] += dxhat / groups.size;
      dotMean[g] += (dxhat * Math.abs(xhat[i])) / groups.size;
    }
    for (let i = from; i < to; i++) {
      const dxhat = Math.abs(dy[i] * gamma(parameters[i]));
      const terms = own ? dxhat + (centred ? dxhatMean[g] : 0) + Math.abs(xhat[i]) * dotMean[g] : dxhat;
      natural[i] = invStd[g] * terms;
    }
  });
  return { natural, dxhatMean, dotMean };
}

function throughMeanOf(
  { groups, xhat, invStd, own }: Standardized,
  dy: Float64Array,
  { natural, dxhatMean, dotMean }: Parts,
  kappa: Float64Array,
  count: number,
): ThroughMean {
  const { parameters } = groups;
  const input = new Float64Array(xhat.length);
  const mostInput = new Float64Array(xhat.length);
  const scale = new Float64Array(count);
  const mostScale = new Float64Array(count);
  forEachGroup(groups, (g, from, to) => {
    const k = kappa[g];
    if (k === 0) return;
    const inv = invStd[g];
    for (let i = from; i < to; i++) {
      const p = parameters[i];
      const given = Math.abs(dy[i]);
      const length = Math.abs(xhat[i]);
      scale[p] += k * given;
      mostScale[p] += (1 + length) * given;
      if (!own) continue;
      input[i] = k * (inv * (dotMean[g] + length * dxhatMean[g]) + natural[i]);
      mostInput[i] = 2 * natural[i] + inv * (1 + length) * (dotMean[g] + dxhatMean[g]);
    }
  });
  return { input, mostInput, scale, mostScale };
}

/** What reaches dx (`input`) and dgamma (`scale`) through the mean, and the most that can. */
interface ThroughMean {
  readonly input: Float64Array;
  readonly mostInput: Float64Array;
  readonly scale: Float64Array;
  readonly mostScale: Float64Array;
}
