import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import type { Condition } from './condition';
import { largestInGroup } from './largest';
import { forEachGroup, numbersOf, parameterOf, type Standardized } from './standardized';

/**
 * y = gamma * xhat + beta.
 *
 * - natural: abs(gamma * xhat) + abs(beta);
 * - through the mean: abs(gamma) * kappa, at most abs(gamma) * (1 + abs(xhat));
 * - digits count from the largest abs(y) of the group. A group of one and the same number has an x-hat of 0 throughout;
 *   its digits count from abs(gamma) at least, as if x-hat were 1.
 */
export function forwardCondition(
  call: NormCall,
  wide: NormCall,
  results: NormResult,
  standardized: Standardized,
): Condition {
  const { groups, xhat, kappa, constant, anyConstant, n } = standardized;
  const gamma = parameterOf(wide, 'gamma', 1);
  const beta = parameterOf(wide, 'beta', 0);
  const { parameters } = groups;
  const natural = new Float64Array(xhat.length);
  const throughMean = new Float64Array(xhat.length);
  const throughMeanMost = new Float64Array(xhat.length);
  const scale = largestInGroup(groups.gather(numbersOf(results.y as Tensor)), groups);
  const exact = new Float64Array(anyConstant ? xhat.length : 0);
  forEachGroup(groups, (g, from, to) => {
    let largestGamma = 0;
    for (let i = from; i < to; i++) {
      const p = parameters[i];
      const weight = Math.abs(gamma(p));
      natural[i] = weight * Math.abs(xhat[i]) + Math.abs(beta(p));
      throughMean[i] = weight * kappa[g];
      throughMeanMost[i] = weight * (1 + Math.abs(xhat[i]));
      largestGamma = Math.max(largestGamma, weight);
    }
    if (constant[g] === 1) {
      exact.fill(1, from, to);
      scale.fill(Math.max(scale[from], largestGamma), from, to);
    }
  });
  return {
    dtype: call.x.dtype,
    n,
    natural: groups.scatter(natural),
    throughMean: groups.scatter(throughMean),
    throughMeanMost: groups.scatter(throughMeanMost),
    ...(anyConstant ? { exact: Uint8Array.from(groups.scatter(exact)) } : {}),
    scale: groups.scatter(scale),
    strictByScale: true,
  };
}
