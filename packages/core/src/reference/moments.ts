import type { BatchNormTraining, RunningStats } from '../call/call';
import { NormError } from '../errors';
import { planCall } from '../plan/plan';
import { runningUpdate } from '../plan/running-stats';
import { type ChannelsView, viewOf } from '../plan/views';
import { checkCount, checkSize } from '../tensor/check-size';
import { rounded, widened } from '../tensor/storage';
import { allocate, checkTensor, type DType, describe, type Tensor } from '../tensor/tensor';
import { channelStatistics } from './channels';

/** A number as JSON can hold it: NaN and the infinities, which JSON has no numbers for, by name. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** Moments as a plain record, to be posted to another thread or written down. */
export interface MomentsRecord {
  readonly count: number;
  readonly mean: readonly JsonNumber[];
  /** Per channel, the sum of squared differences from the mean. */
  readonly squares: readonly JsonNumber[];
}

/**
 * Mean and variance per channel of data that comes in pieces: chunks of a data set, or the parts that several workers
 * hold (synchronized Batch Norm). In float64. Pieces are merged by the formula of Chan, Golub and LeVeque (1983,
 * equations 2.1a and 2.1b), so that N merged parts give what one big batch gives, to rounding.
 *
 * @example
 * ```ts
 * import { Moments, tensor } from '@normlayers/core';
 *
 * const moments = new Moments(2);
 * moments.add({ x: tensor([1, 10, 3, 30], [2, 2]) });
 * moments.merge(new Moments(2).add({ x: tensor([5, 50], [1, 2]) }));
 * assert.deepEqual([...moments.mean], [3, 30]);
 * assert.deepEqual([...moments.unbiasedVariance], [4, 400]);
 * ```
 */
export class Moments {
  /** How many elements each channel has had. */
  count = 0;
  /** Per channel; 0 before anything was added. */
  readonly mean: Float64Array;
  readonly #squares: Float64Array;

  /** @param channels how many means there are; a whole number, 1 or more. */
  constructor(readonly channels: number) {
    checkCount('channels', channels);
    this.mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /**
   * Moments from a record, as `toJSON` gives it.
   *
   * @throws NormError `data-length` for a count that is no whole number, 0 or more, or for lists that are empty or of two
   *   lengths; `dtype` for what is not a number, or a sum of squares below 0.
   */
  static from({ count, mean, squares }: MomentsRecord): Moments {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new NormError('data-length', `count is ${describe(count)}; expected a whole number, 0 or more.`, {
        argument: 'count',
      });
    }
    const means = readNumbers('mean', mean);
    const sums = readNumbers('squares', squares);
    if (sums.length !== means.length || means.length === 0) {
      throw new NormError(
        'data-length',
        `mean has ${means.length} channels and squares ${sums.length}; expected the same number, 1 or more.`,
        { argument: 'squares' },
      );
    }
    const negative = sums.find((value) => value < 0);
    if (negative !== undefined) {
      throw new NormError('dtype', `squares holds ${negative}; expected sums of squares, 0 or more.`, {
        argument: 'squares',
      });
    }
    const moments = new Moments(means.length);
    moments.#mergePart(count, means, sums);
    return moments;
  }

  /**
   * Takes in a chunk: a tensor with its channels at `layout` (default axis 1) or `axis`, as for Batch Norm. A chunk without
   * samples counts for nothing.
   *
   * @throws NormError `parameter-length` where the chunk has another number of channels, and what `batchNormTraining`
   *   throws for arguments that do not fit.
   */
  add(chunk: Pick<BatchNormTraining, 'x' | 'layout' | 'axis'>): this {
    checkTensor('x', chunk.x);
    const { x } = chunk;
    const view = viewOf({ op: 'batchNorm', mode: 'training', ...chunk }) as ChannelsView;
    this.#checkChannels('x', view.channels);
    // As an inference, which has no need of samples.
    planCall({ op: 'batchNorm', mode: 'inference', ...chunk, ...this.statistics(x.dtype) });
    const count = view.outer * view.inner;
    if (count === 0) return this;
    const { mean, variance } = channelStatistics(x.data, view, {
      epsilon: 0,
      centred: true,
      wideRange: x.dtype === 'float64',
    });
    this.#mergePart(
      count,
      mean,
      variance.map((value) => value * count),
    );
    return this;
  }

  /** Takes in what another has seen. */
  merge(other: Moments): this {
    this.#checkChannels('other', other.channels);
    this.#mergePart(other.count, other.mean, other.#squares);
    return this;
  }

  /** Per channel, over n: what normalizes. NaN before anything was added. */
  get variance(): Float64Array {
    return this.#squares.map((value) => value / this.count);
  }

  /** Per channel, over n - 1: what PyTorch's running variance holds. NaN of fewer than two elements. */
  get unbiasedVariance(): Float64Array {
    return this.#squares.map((value) => (this.count < 2 ? NaN : value / (this.count - 1)));
  }

  /** Mean and variance (over n) as tensors of a type: the given statistics of `batchNorm`. */
  statistics(dtype: DType = 'float32'): { mean: Tensor; variance: Tensor } {
    const asTensor = (values: Float64Array): Tensor => ({
      dtype,
      shape: [this.channels],
      data: rounded(values, allocate(dtype, this.channels)),
    });
    return { mean: asTensor(this.mean), variance: asTensor(this.variance) };
  }

  /** A record that survives JSON and structured cloning. */
  toJSON(): MomentsRecord {
    return { count: this.count, mean: writeNumbers(this.mean), squares: writeNumbers(this.#squares) };
  }

  #mergePart(count: number, mean: Float64Array, squares: Float64Array): void {
    if (count === 0) return;
    if (this.count === 0) {
      // Not by the formula below: the square of a mean beyond 1e154 overflows, and Infinity * 0 is NaN.
      this.count = count;
      this.mean.set(mean);
      this.#squares.set(squares);
      return;
    }
    const total = this.count + count;
    for (let c = 0; c < this.channels; c++) {
      const apart = mean[c] - this.mean[c];
      this.mean[c] += apart * (count / total);
      this.#squares[c] += squares[c] + apart * apart * ((this.count * count) / total);
    }
    this.count = total;
  }

  #checkChannels(name: string, channels: number): void {
    if (channels !== this.channels) {
      throw new NormError(
        'parameter-length',
        `${name} has ${channels} channels; these moments have ${this.channels}.`,
        { argument: name },
      );
    }
  }
}

/**
 * Brings running statistics forward by gathered moments: synchronized Batch Norm's last step.
 *
 * @param running the statistics so far, with a convention and, where it is not the convention's own, a momentum.
 * @param moments of the whole batch.
 * @throws NormError as for a training call: `empty-statistics` where the moments have seen nothing, `parameter-length`
 *   where the channels do not fit.
 *
 * @example
 * ```ts
 * import { Moments, tensor, updateRunningStats } from '@normlayers/core';
 *
 * const moments = new Moments(1).add({ x: tensor([1, 3], [2, 1]) });
 * const running = { runningMean: tensor([0]), runningVar: tensor([1]), convention: 'pytorch', momentum: 0.5 } as const;
 * const { runningMean, runningVar } = updateRunningStats(running, moments);
 * assert.deepEqual([runningMean.data[0], runningVar.data[0]], [1, 1.5]);
 * ```
 */
export function updateRunningStats(
  running: RunningStats & { readonly runningMean: Tensor; readonly runningVar: Tensor },
  moments: Moments,
): { runningMean: Tensor; runningVar: Tensor } {
  if (moments.count === 0) {
    throw new NormError('empty-statistics', 'moments have seen no element; add a chunk before updating.', {
      argument: 'moments',
    });
  }
  const { keep, take, varianceFactor } = runningUpdate(running, moments.count);
  const moved = (
    name: string,
    { dtype, shape, data }: Tensor,
    batch: Float64Array,
    factor: number,
  ): Tensor => {
    checkSize(name, { shape: [data.length] }, moments.channels);
    const values = widened(data).map((old, c) => keep * old + take * factor * batch[c]);
    return { dtype, shape, data: rounded(values, allocate(dtype, data.length)) };
  };
  return {
    runningMean: moved('runningMean', running.runningMean, moments.mean, 1),
    runningVar: moved('runningVar', running.runningVar, moments.variance, varianceFactor),
  };
}

function writeNumbers(values: Float64Array): JsonNumber[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : (String(value) as JsonNumber)));
}

function readNumbers(argument: string, values: unknown): Float64Array {
  const listed =
    Array.isArray(values) || ArrayBuffer.isView(values) ? Array.from(values as Float64Array) : null;
  const numbers = listed?.map((value: unknown) =>
    typeof value === 'number' || NOT_FINITE.includes(value as string) ? Number(value) : null,
  );
  if (numbers === undefined || numbers.includes(null)) {
    throw new NormError(
      'dtype',
      `${argument} is ${describe(values)}; expected a list of numbers, NaN and infinities as they are or by name.`,
      { argument },
    );
  }
  return Float64Array.from(numbers as number[]);
}

const NOT_FINITE = ['NaN', 'Infinity', '-Infinity'];
