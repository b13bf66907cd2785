import type { BatchNormTraining } from '../call/call';
import { NormError } from '../errors';
import { checkArguments } from '../plan/known-arguments';
import { type ChannelsView, viewOf } from '../plan/views';
import { checkSize } from '../tensor/check-size';
import { rounded, widened } from '../tensor/storage';
import { allocate, checkTensor, describe, type Tensor } from '../tensor/tensor';

/** What one worker knows of a batch that several hold. */
export interface SynchronizedBackward extends Pick<BatchNormTraining, 'layout' | 'axis'> {
  /** This worker's part of the batch. */
  readonly x: Tensor;
  /** What `batchNormBackward` gave for it with the whole batch's mean and variance: the gradient through fixed ones. */
  readonly dx: Tensor;
  /** The whole batch's mean, one per channel. */
  readonly mean: Tensor;
  /** The sum over all workers of the dmean that `batchNormBackward` gave each. */
  readonly dmean: Tensor;
  /** The sum over all workers of the dvariance that `batchNormBackward` gave each. */
  readonly dvariance: Tensor;
  /** How many elements share a mean over all workers: `Moments.count` of the whole batch. */
  readonly count: number;
}

/**
 * Synchronized Batch Norm's input gradient: adds to a worker's gradient through fixed statistics what goes through the
 * statistics, which every worker's elements are part of:
 * dx + dmean / n + dvariance * 2 (x - mean) / n (Ioffe and Szegedy 2015, section 3).
 *
 * @returns dx, of the shape and type of x.
 * @throws NormError `shape`, `parameter-length`, `data-length`, `unknown-argument`, and what `batchNormBackward` throws for
 *   `layout` and `axis`.
 *
 * @example
 * ```ts
 * import { batchNormBackward, Moments, synchronizedBackward, tensor } from '@normlayers/core';
 *
 * // One worker holds all: the gradient is Batch Norm's own.
 * const x = tensor([1, 3, 5, 9], [4, 1]);
 * const dy = tensor([1, 0, 0, -1], [4, 1]);
 * const { count, ...moments } = new Moments(1).add({ x }).toJSON();
 * const { mean, variance } = Moments.from({ count, ...moments }).statistics();
 * const { dx, dmean, dvariance } = batchNormBackward({ x, dy, mean, variance });
 * const whole = synchronizedBackward({ x, dx, mean, dmean, dvariance, count });
 * assert(Math.abs(whole.data[1] - batchNormBackward({ x, dy }).dx.data[1]) < 1e-7);
 * ```
 */
export function synchronizedBackward(part: SynchronizedBackward): Tensor {
  checkArguments('synchronizedBackward', part, [
    ...['x', 'dx', 'mean', 'dmean', 'dvariance', 'count'],
    ...['layout', 'axis'],
  ]);
  const { x, dx, mean, dmean, dvariance, count, layout, axis } = part;
  for (const [name, value] of Object.entries({ x, dx, mean, dmean, dvariance })) checkTensor(name, value);
  const view = viewOf({ op: 'batchNorm', mode: 'training', x, layout, axis }) as ChannelsView;
  for (const [name, value] of Object.entries({ mean, dmean, dvariance })) {
    checkSize(name, value, view.channels);
  }
  if (dx.shape.join() !== x.shape.join()) {
    throw new NormError('shape', `dx has shape [${dx.shape}]; expected x's, [${x.shape}].`, {
      argument: 'dx',
    });
  }
  const own = view.outer * view.inner;
  if (!(Number.isSafeInteger(count) && count >= Math.max(own, 1))) {
    throw new NormError(
      'data-length',
      `count is ${describe(count)}; expected a whole number, at least the ${own} elements of each channel in x.`,
      { argument: 'count' },
    );
  }
  const means = widened(mean.data);
  const byMean = widened(dmean.data).map((value) => value / count);
  const byDifference = widened(dvariance.data).map((value) => (2 * value) / count);
  const values = widened(x.data);
  const gradients = widened(dx.data);
  for (let i = 0; i < values.length; i++) {
    const c = Math.floor(i / view.inner) % view.channels;
    gradients[i] += byMean[c] + byDifference[c] * (values[i] - means[c]);
  }
  return { dtype: x.dtype, shape: [...x.shape], data: rounded(gradients, allocate(x.dtype, values.length)) };
}
