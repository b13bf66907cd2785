import type { Convention, RunningStats } from '../call/call';
import { NormError } from '../errors';
import { describe } from '../tensor/tensor';

/** How one framework keeps running statistics, and its defaults. */
export interface RunningStatsConvention {
  /** What `momentum` weighs: the new batch (PyTorch) or the statistics so far (all others). */
  readonly momentumWeighs: 'batch' | 'running';
  /** Whether the running variance takes the batch's variance over n - 1 (PyTorch) or over n. */
  readonly unbiasedVariance: boolean;
  readonly epsilon: number;
  readonly momentum: number;
}

/**
 * The conventions of the frameworks.
 *
 * Sources: torch.nn.BatchNorm2d's documentation; Keras 3 BatchNormalization; ONNX operator BatchNormalization
 * (opset 14 and later); flax.linen.BatchNorm.
 */
export const CONVENTIONS: Readonly<Record<Convention, RunningStatsConvention>> = {
  pytorch: { momentumWeighs: 'batch', unbiasedVariance: true, epsilon: 1e-5, momentum: 0.1 },
  keras: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-3, momentum: 0.99 },
  onnx: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-5, momentum: 0.9 },
  flax: { momentumWeighs: 'running', unbiasedVariance: false, epsilon: 1e-5, momentum: 0.99 },
};

/** A convention and a momentum, worked out: new = keep * old + take * batch, variance first times `varianceFactor`. */
export interface RunningUpdate {
  readonly keep: number;
  readonly take: number;
  /** n / (n - 1) where the running variance is unbiased, else 1. */
  readonly varianceFactor: number;
}

/**
 * Works out how running statistics move.
 *
 * @param stats convention, momentum and, for the cumulative average, how many batches came before.
 * @param n how many elements share one mean and variance in this batch.
 * @throws NormError `missing-argument`, `convention`, `momentum`, `unbiased-variance`.
 *
 * @example
 * ```ts
 * import { runningUpdate } from '@normlayers/core/adapter';
 *
 * // PyTorch: a tenth of the new batch, its variance times 4/3.
 * assert.deepEqual(runningUpdate({ convention: 'pytorch' }, 4), { keep: 0.9, take: 0.1, varianceFactor: 4 / 3 });
 * ```
 */
export function runningUpdate(
  stats: Omit<RunningStats, 'runningMean' | 'runningVar'>,
  n: number,
): RunningUpdate {
  const { convention, momentum, numBatchesTracked } = stats;
  if (convention === undefined) {
    throw new NormError(
      'missing-argument',
      "convention is missing; running statistics need one of 'pytorch', 'keras', 'onnx', 'flax': they differ in momentum's direction and in the variance they keep.",
      { argument: 'convention' },
    );
  }
  checkConvention(convention);
  const rule = CONVENTIONS[convention];
  if (rule.unbiasedVariance && n < 2) {
    throw new NormError(
      'unbiased-variance',
      `the running variance of convention '${convention}' is over n - 1, and only ${n} element shares a mean; give a larger batch or another convention.`,
      { argument: 'convention' },
    );
  }
  const varianceFactor = rule.unbiasedVariance ? n / (n - 1) : 1;
  if (momentum === null) {
    if (convention !== 'pytorch') {
      throw new NormError(
        'momentum',
        `momentum is null (cumulative average), which only convention 'pytorch' has, not '${convention}'.`,
        { argument: 'momentum' },
      );
    }
    if (!Number.isSafeInteger(numBatchesTracked) || numBatchesTracked! < 0) {
      throw new NormError(
        'momentum',
        `momentum is null (cumulative average) and numBatchesTracked is ${describe(numBatchesTracked)}; expected how many batches came before, 0 or more.`,
        { argument: 'numBatchesTracked' },
      );
    }
    const take = 1 / (numBatchesTracked! + 1);
    return { keep: 1 - take, take, varianceFactor };
  }
  const weight = momentum ?? rule.momentum;
  checkMomentum(weight);
  return rule.momentumWeighs === 'batch'
    ? { keep: 1 - weight, take: weight, varianceFactor }
    : { keep: weight, take: 1 - weight, varianceFactor };
}

/** @throws NormError `convention` for any but the four. */
export function checkConvention(convention: unknown): asserts convention is Convention {
  if (typeof convention === 'string' && Object.hasOwn(CONVENTIONS, convention)) return;
  throw new NormError(
    'convention',
    `convention is ${describe(convention)}; expected 'pytorch', 'keras', 'onnx' or 'flax'.`,
    { argument: 'convention' },
  );
}

/** @throws NormError `momentum` for any but a number from 0 to 1. */
export function checkMomentum(momentum: unknown): asserts momentum is number {
  if (typeof momentum === 'number' && momentum >= 0 && momentum <= 1) return;
  throw new NormError('momentum', `momentum is ${describe(momentum)}; expected a number from 0 to 1.`, {
    argument: 'momentum',
  });
}
