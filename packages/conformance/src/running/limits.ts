import type { NormAdapter, NormCall } from '@normlayers/core';
import { isTensor, tensorsOf } from '@normlayers/core/adapter';
import type { UnsupportedReason } from '../reports/case-report';
import { holdsDenormals } from './denormals';

/** Why an adapter's declared limits leave a call out. */
export interface BeyondLimits extends UnsupportedReason {
  readonly code: 'denormals-flushed' | 'beyond-largest';
  /** In an English sentence. */
  readonly reason: string;
}

/**
 * Whether a call holds numbers that the adapter says it cannot compute with: denormals where it flushes them, numbers
 * beyond its largest in x, dy and what is added to x and dx. The suite looks at the data, so that `supports()` need not at every call.
 *
 * @returns null where the call is within the limits.
 */
export function beyondLimits({ limits }: Pick<NormAdapter, 'limits'>, call: NormCall): BeyondLimits | null {
  const { denormals = 'kept', largest = Infinity } = limits;
  const tensors = Object.values(tensorsOf(call)).filter(isTensor);
  if (denormals === 'flushed' && tensors.some(holdsDenormals)) {
    return {
      code: 'denormals-flushed',
      reason: 'it may take denormal numbers, below 1.2e-38, for 0 (limits.denormals)',
    };
  }
  if (largest === Infinity) return null;
  const { x, residual, dy, dsum } = tensorsOf(call);
  for (const { dtype, data } of [x, residual, dy, dsum].filter(isTensor)) {
    if (dtype === 'float16') continue; // 65504 at most
    for (let i = 0; i < data.length; i++) {
      if (Math.abs(data[i]) <= largest || !Number.isFinite(data[i])) continue;
      const reason = `it does not compute with numbers beyond ${largest.toPrecision(2)} (limits.largest)`;
      return { code: 'beyond-largest', values: { largest }, reason };
    }
  }
  return null;
}
