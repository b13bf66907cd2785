import type { NormCall, NormResult } from '@normlayers/core';
import type { CallPlan } from '@normlayers/core/adapter';
import type { Conditions } from './condition';
import { forwardCondition } from './forward';
import { gradientConditions } from './gradients';
import { runningConditions } from './running';
import { standardizedOf } from './standardized';
import { statisticsConditions } from './statistics';

/**
 * The condition of every output of a call.
 *
 * @param call with its own types, `wide` the same in float64, `results` the truth of `wide`.
 */
export function conditionsOf(
  call: NormCall,
  wide: NormCall,
  results: NormResult,
  plan: CallPlan,
): Conditions {
  const standardized = standardizedOf(call, wide, plan);
  if (wide.mode === 'backward') return gradientConditions(call, wide, results, standardized);
  const y = forwardCondition(call, wide, results, standardized);
  if (wide.mode === 'inference') return { y };
  return {
    y,
    ...statisticsConditions(plan.statisticsType, standardized),
    ...runningConditions(call, plan, standardized),
  };
}
