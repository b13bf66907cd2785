import type { NormCall } from '@normlayers/core';
import { type CallPlan, widened } from '@normlayers/core/adapter';
import type { Conditions } from './condition';
import { forEachGroup, type Standardized } from './standardized';

/**
 * new = keep * old + take * batch. Running mean: natural keep * abs(old) + take * mean(abs(x)).
 *
 * Running variance: natural keep * abs(old) + take * factor * variance. With every x off by e the variance changes by at
 * most 2 * e * sqrt(variance) + e^2; e counts in units of mean(abs(x)). For Instance Norm each is the mean over its
 * instances. Digits count from the natural magnitude.
 */
export function runningConditions(call: NormCall, plan: CallPlan, standardized: Standardized): Conditions {
  if (plan.running === null || call.mode !== 'training' || !('runningMean' in call)) return {};
  const { runningMean, runningVar } = call;
  if (runningMean === undefined || runningVar === undefined) return {};
  const { keep, take, varianceFactor } = plan.running;
  const { groups, meanAbs, x, n, constant } = standardized;
  const channels = plan.view.parameters.count;
  const share = take / (groups.count / channels);
  const size = () => new Float64Array(channels);
  const ofMean = size();
  const ofVariance = { natural: size(), throughMean: size(), throughVaryingMean: size(), squared: size() };
  const old = { mean: widened(runningMean.data), variance: widened(runningVar.data) };
  for (let c = 0; c < channels; c++) {
    ofMean[c] = keep * Math.abs(old.mean[c]);
    ofVariance.natural[c] = keep * Math.abs(old.variance[c]);
  }
  forEachGroup(groups, (g, from, to) => {
    const c = g % channels;
    const variance = varianceOf(x.subarray(from, to));
    const linear = share * varianceFactor * 2 * meanAbs[g] * Math.sqrt(variance);
    ofMean[c] += share * meanAbs[g];
    ofVariance.natural[c] += share * varianceFactor * variance;
    ofVariance.throughMean[c] += linear;
    ofVariance.throughVaryingMean[c] += constant[g] === 1 ? 0 : linear;
    ofVariance.squared[c] += share * varianceFactor * meanAbs[g] ** 2;
  });
  const { natural, throughMean, throughVaryingMean, squared } = ofVariance;
  return {
    runningMean: { dtype: runningMean.dtype, n, natural: ofMean, throughMean: size(), scale: ofMean },
    runningVar: {
      dtype: runningVar.dtype,
      n,
      natural,
      throughMean,
      throughVaryingMean,
      throughMeanSquared: squared,
      scale: natural,
    },
  };
}

function varianceOf(group: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < group.length; i++) mean += group[i] / group.length;
  let variance = 0;
  for (let i = 0; i < group.length; i++) variance += (group[i] - mean) ** 2 / group.length;
  return variance;
}
