import {
  batchNorm,
  batchNormTraining,
  CONVENTIONS,
  groupNormTraining,
  instanceNormTraining,
  layerNormTraining,
  type Op,
  rmsNormTraining,
  type Tensor,
  tensor,
} from '@normlayers/core';

/** What is pictured: a tensor [batch, channels, positions]; with one position, [batch, features]. */
export interface PictureShape {
  readonly batch: number;
  readonly channels: number;
  readonly positions: number;
}

/** What Layer and RMS Norm normalize over: a whole sample, or the channels at each position (a Transformer's way). */
export type Over = 'sample' | 'position';

export interface PictureCall {
  readonly op: Op;
  readonly over: Over;
  readonly groups: number;
  readonly epsilon: number;
  /** The same for all parameters: one number to turn. */
  readonly gamma: number;
  readonly beta: number;
  /** Batch Norm with these statistics, not the batch's own. */
  readonly running: RunningStatistics | null;
}

export interface RunningStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export interface PictureNumbers {
  readonly xhat: Float64Array;
  readonly y: Float64Array;
  /** By group. Of RMS Norm: 0, and the mean square. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** For each element, the number of the group with which it shares mean and variance. */
export function groupsOf(
  shape: PictureShape,
  call: Pick<PictureCall, 'op' | 'over' | 'groups'>,
): Uint16Array {
  const { batch, channels, positions } = shape;
  const perGroup = channels / call.groups;
  const of = new Uint16Array(batch * channels * positions);
  for (let i = 0; i < of.length; i++) {
    const position = i % positions;
    const channel = Math.floor(i / positions) % channels;
    const sample = Math.floor(i / (positions * channels));
    of[i] = groupAt(sample, channel, position);
  }
  return of;

  function groupAt(sample: number, channel: number, position: number): number {
    switch (call.op) {
      case 'batchNorm':
        return channel;
      case 'instanceNorm':
        return sample * channels + channel;
      case 'groupNorm':
        return sample * call.groups + Math.floor(channel / perGroup);
      default:
        return call.over === 'sample' ? sample : sample * positions + position;
    }
  }
}

/** x-hat, y and the statistics, by @normlayers/core in float64. */
export function numbersOf(x: Float64Array, shape: PictureShape, call: PictureCall): PictureNumbers {
  const plain = normalized(x, shape, call, null);
  const scaled = normalized(x, shape, call, { gamma: call.gamma, beta: call.beta });
  const xhat = plain.y.data as Float64Array;
  const y = scaled.y.data as Float64Array;
  if (call.op === 'batchNorm' && call.running) {
    return { xhat, y, mean: call.running.mean, variance: call.running.variance };
  }
  const inverse = (plain.invStd ?? plain.invRms)!.data as Float64Array;
  const variance = inverse.map((invStd) => Math.max(0, 1 / invStd ** 2 - call.epsilon));
  const mean = plain.mean ? (plain.mean.data as Float64Array) : new Float64Array(variance.length);
  return { xhat, y, mean, variance };
}

interface Normalized {
  readonly y: Tensor;
  readonly mean?: Tensor;
  readonly invStd?: Tensor;
  readonly invRms?: Tensor;
}

function normalized(
  data: Float64Array,
  { batch, channels, positions }: PictureShape,
  call: PictureCall,
  parameters: { gamma: number; beta: number } | null,
): Normalized {
  const x = tensor(data, [batch, channels, positions]);
  const { epsilon, groups } = call;
  const axes = call.over === 'sample' ? [1, 2] : [1];
  const perAxes = call.over === 'sample' ? [channels, positions] : [channels];
  const filled = (value: number, shape: readonly number[]) =>
    tensor(new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape);
  const gamma = (shape: readonly number[]) => (parameters ? { gamma: filled(parameters.gamma, shape) } : {});
  const affine = (shape: readonly number[]) =>
    parameters ? { ...gamma(shape), beta: filled(parameters.beta, shape) } : {};
  switch (call.op) {
    case 'batchNorm':
      if (call.running) {
        const { mean, variance } = call.running;
        return batchNorm({
          x,
          epsilon,
          mean: tensor(mean),
          variance: tensor(variance),
          ...affine([channels]),
        });
      }
      return batchNormTraining({ x, epsilon, ...affine([channels]) });
    case 'instanceNorm':
      return instanceNormTraining({ x, epsilon, ...affine([channels]) });
    case 'groupNorm':
      return groupNormTraining({ x, epsilon, groups, ...affine([channels]) });
    case 'layerNorm':
      return layerNormTraining({ x, epsilon, axes, ...affine(perAxes) });
    case 'rmsNorm':
      return rmsNormTraining({ x, epsilon, axes, ...gamma(perAxes) });
  }
}

/** Running statistics after one more batch, by PyTorch's rule. */
export function afterOneBatch(
  running: RunningStatistics,
  data: Float64Array,
  { batch, channels, positions }: PictureShape,
): RunningStatistics {
  const { runningMean, runningVar } = batchNormTraining({
    x: tensor(data, [batch, channels, positions]),
    runningMean: tensor(running.mean),
    runningVar: tensor(running.variance),
    convention: 'pytorch',
    momentum: CONVENTIONS.pytorch.momentum,
  });
  return { mean: runningMean!.data as Float64Array, variance: runningVar!.data as Float64Array };
}

/** How many values fall into each of `bins` equal steps from `low` to `high`; what lies outside counts at the ends. */
export function histogram(values: readonly number[], low: number, high: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    counts[Math.min(bins - 1, Math.max(0, bin))] += 1;
  }
  return counts;
}

/** The picture's first numbers: channels of different offset and spread, the same on every visit. */
export function firstValues({ batch, channels, positions }: PictureShape): Float64Array {
  let state = 7;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float64Array.from({ length: batch * channels * positions }, (_, i) => {
    const channel = Math.floor(i / positions) % channels;
    const bell = uniform() + uniform() + uniform() - 1.5;
    return Math.round((channel * 1.2 - 1.5 + bell * (1 + channel * 0.6)) * 10) / 10;
  });
}
