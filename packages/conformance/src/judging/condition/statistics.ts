import type { DType } from '@normlayers/core';
import type { Conditions } from './conditions';
import { type Standardized, varyingKappa } from './standardized';

/**
 * mean: natural mean(abs(x)), from which its digits count too: a mean that is near 0 by chance has none of its own.
 *
 * invStd = (variance + epsilon)^-1/2: natural invStd. If every x is off by e, the variance changes by at most
 * 2 * e * mean(abs(x - mean)) + e^2, and mean(abs(x - mean)) * invStd <= 1; half of that, relatively, is invStd's
 * change: invStd * (s + s^2 / 2) with s = e * invStd.
 *
 * That counts more than two passes need: a mean that is off by e alone changes mean((x - mean)^2) by e^2 and no more
 * (Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance", table 1). Welford's updates need it.
 */
export function statisticsConditions(dtype: DType, standardized: Standardized): Conditions {
  const { invStd, kappa, meanAbs, constant, constantExcess, n, centred, anyConstant } = standardized;
  const through = (by: Float64Array) => by.map((k, g) => invStd[g] * k);
  const inverse = {
    dtype,
    n,
    natural: invStd,
    throughMean: through(kappa),
    throughMeanMost: invStd,
    throughMeanSquared: kappa.map((k, g) => (invStd[g] * k ** 2) / 2),
    ...(anyConstant ? { throughVaryingMean: through(varyingKappa(standardized)) } : {}),
    scale: invStd,
  };
  if (!centred) return { invRms: inverse };
  const ofConstant = meanAbs.map((magnitude, g) => (constant[g] === 1 ? constantExcess * magnitude : 0));
  const none = new Float64Array(meanAbs.length);
  const mean = {
    dtype,
    n,
    natural: meanAbs,
    throughMean: ofConstant,
    throughVaryingMean: none,
    scale: meanAbs,
  };
  return { mean, invStd: inverse };
}
