/** A contender's samples in four figures. */
export interface Summary {
  /** Of one call, in milliseconds. */
  readonly medianMs: number;
  readonly p10Ms: number;
  readonly p90Ms: number;
  /**
   * How many times as long as copying x: the median, over rounds, of the sample divided by the same round's sample of
   * memcpy. What slows a whole round down (another process, a lower clock) weighs on both and leaves the ratio alone.
   */
  readonly timesMemcpy: number;
}

/**
 * A quantile, between two samples by linear interpolation (Hyndman and Fan 1996, "Sample Quantiles in Statistical
 * Packages", definition 7: NumPy's default).
 *
 * @param fraction from 0, the smallest, to 1, the largest.
 */
export function quantile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** @param memcpy the samples of memcpy in the same rounds, in the same order. */
export function summarize(samples: readonly number[], memcpy: readonly number[]): Summary {
  const ratios = samples.map((sample, round) => sample / (memcpy[round] ?? Number.NaN));
  return {
    medianMs: quantile(samples, 0.5),
    p10Ms: quantile(samples, 0.1),
    p90Ms: quantile(samples, 0.9),
    timesMemcpy: quantile(ratios, 0.5),
  };
}
