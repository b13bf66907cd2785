import type { NormCall, OutputName } from '@normlayers/core';
import { type CallPlan, maskedParts, sizeOf } from '@normlayers/core/adapter';
import type { OutputTruth, Truth } from './truth';

const FIELDS = ['values', 'budget', 'strict', 'ordinary', 'condition', 'scale'] as const;

/**
 * The truth of a call with a mask, put together of its parts': what is judged element by element there is so here. Where the
 * mask has 0, y and dx are 0 and nothing else. Gradients of parameters are sums over the parts, and so are their bounds.
 */
export function truthOfMasked(call: NormCall, plan: CallPlan, truthOf: (part: NormCall) => Truth): Truth {
  const truth = Object.fromEntries(
    Object.entries(plan.outputs).map(([name, description]) => [name, nothing(name, description, plan)]),
  ) as Record<OutputName, OutputTruth>;
  for (const { call: part, sample, scatter } of maskedParts(call)) {
    for (const [name, its] of Object.entries(truthOf(part)) as [OutputName, OutputTruth][]) {
      const whole = truth[name];
      const size = its.values.length;
      const isWhole = sample === null && name !== 'y' && name !== 'dx';
      for (const field of FIELDS) {
        if (name === 'y' || name === 'dx') scatter(its[field], whole[field]);
        else if (isWhole) whole[field].set(its[field]);
        else if (name === 'mean' || name === 'invStd') whole[field].set(its[field], (sample ?? 0) * size);
        else for (let i = 0; i < size; i++) whole[field][i] += its[field][i];
      }
      if (isWhole) whole.unjudged.set(its.unjudged);
      else if (name === 'mean' || name === 'invStd') whole.unjudged.set(its.unjudged, (sample ?? 0) * size);
    }
  }
  return truth;
}

/** What stands where no part has anything: exactly 0; the statistics of a sample without elements are not judged. */
function nothing(
  name: string,
  { dtype, shape }: Pick<OutputTruth, 'dtype' | 'shape'>,
  { statistics }: CallPlan,
): OutputTruth {
  const size = sizeOf(shape);
  const all = (value: number) => new Float64Array(size).fill(value);
  const isStatistic = statistics === 'own' && (name === 'mean' || name === 'invStd');
  const isSum = name === 'dgamma' || name === 'dbeta';
  const least = isSum ? 0 : Number.MIN_VALUE;
  return {
    dtype,
    shape,
    values: all(0),
    budget: all(least),
    strict: all(least),
    ordinary: all(least),
    condition: all(0),
    scale: all(least),
    unjudged: new Uint8Array(size).fill(isStatistic ? 1 : 0),
  };
}
