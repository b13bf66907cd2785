import { NormError } from '../errors';
import { checkArguments } from '../plan/known-arguments';
import { checkedEpsilon, checkVariances } from '../plan/plan';
import { checkSize } from '../tensor/check-size';
import { rounded, widened } from '../tensor/storage';
import { allocate, checkTensor, describe, type Tensor } from '../tensor/tensor';
import { WEIGHT_LAYOUTS, type WeightLayout } from './weight-layouts';

/** A Batch Norm in inference: one number per channel of each. */
export interface FoldedBatchNorm {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly gamma?: Tensor;
  readonly beta?: Tensor;
  /** Default: 1e-5. */
  readonly epsilon?: number;
}

/** A convolution or dense layer. */
export interface LinearLayer {
  readonly weight: Tensor;
  /** One per output channel. Default: 0. */
  readonly bias?: Tensor | undefined;
  /** How `weight` is laid out. */
  readonly layout: WeightLayout;
  /** Groups of channels of a convolution. Default: 1. */
  readonly groups?: number;
}

export interface FoldedLayer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * Folds a Batch Norm into the layer before it: one layer that gives what the two gave.
 * With a = gamma / sqrt(variance + epsilon): weight' = a * weight, bias' = a * (bias - mean) + beta, per output channel.
 * Computed in float64 and rounded once; beware of channels with a large mean, where a * x + b loses what (x - mean) kept.
 *
 * @throws NormError `layout`, `groups`, `rank`, `parameter-length`, `epsilon`.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { foldIntoPreceding } from '@normlayers/core/weights';
 *
 * const layer = { weight: tensor([1, 2], [1, 2]), bias: tensor([3]), layout: 'pytorch-linear' } as const;
 * const folded = foldIntoPreceding(layer, { mean: tensor([1]), variance: tensor([4]), epsilon: 0 });
 * assert.deepEqual([...folded.weight.data], [0.5, 1]);
 * assert.deepEqual([...folded.bias.data], [1]);
 * ```
 */
export function foldIntoPreceding(layer: LinearLayer, batchNorm: FoldedBatchNorm): FoldedLayer {
  const { weight, indices } = readLayer(layer);
  const outputs = indices.outputs;
  const { scale, shift } = scaleAndShift(batchNorm, outputs, 'output channels');
  const bias = readBias(layer, outputs);
  const values = widened(weight.data);
  for (const i of values.keys()) values[i] *= scale[indices.outputOf(i)];
  return folded(
    layer,
    values,
    bias.map((value, o) => value * scale[o] + shift[o]),
  );
}

/**
 * Folds a Batch Norm into the layer after it: weight' = weight * a and bias' = bias + sum(weight * b) with
 * a = gamma / sqrt(variance + epsilon), b = beta - mean * a, per input channel.
 *
 * Only where the layer puts no zeros beside or between the normalized data, because they stand for no value of the data
 * before, unless b is 0 in every channel. A transposed convolution always does: its outputs take unequal numbers of taps.
 *
 * @param padded whether the convolution pads with zeros; must be said of a convolution, and is not asked of a dense layer.
 * @throws NormError `padding` where it pads or is transposed, and a shift is not 0; `missing-argument` where it is not said
 *   whether a convolution pads, and a shift is not 0; `layout`, `groups`, `rank`, `parameter-length`, `epsilon`, `variance`,
 *   `unknown-argument`.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { foldIntoFollowing } from '@normlayers/core/weights';
 *
 * const layer = { weight: tensor([1, 2], [1, 2]), layout: 'pytorch-linear' } as const;
 * const batchNorm = { mean: tensor([1, 0]), variance: tensor([1, 4]), epsilon: 0 };
 * const folded = foldIntoFollowing(layer, batchNorm);
 * assert.deepEqual([...folded.weight.data], [1, 1]);
 * assert.deepEqual([...folded.bias.data], [-1]);
 * ```
 */
export function foldIntoFollowing(
  layer: LinearLayer,
  batchNorm: FoldedBatchNorm,
  padded?: boolean,
): FoldedLayer {
  const { weight, indices } = readLayer(layer);
  const { scale, shift } = scaleAndShift(batchNorm, indices.inputs, 'input channels');
  const shifted = shift.findIndex((value) => value !== 0);
  const transposed = layer.layout.endsWith('conv-transpose');
  if (padded === undefined && isConvolution(layer.layout) && !transposed && shifted >= 0) {
    throw new NormError(
      'missing-argument',
      `padded is missing, and channel ${shifted} is shifted by ${shift[shifted]}; expected true or false: a convolution that pads with zeros cannot take the Batch Norm before it.`,
      { argument: 'padded' },
    );
  }
  if ((padded || transposed) && shifted >= 0) {
    throw new NormError(
      'padding',
      `the layer ${transposed ? 'is a transposed convolution' : 'pads with zeros'} and channel ${shifted} is shifted by ${shift[shifted]}; fold into the layer before the Batch Norm, or keep the two apart.`,
      { argument: 'padded' },
    );
  }
  const before = widened(weight.data);
  const bias = readBias(layer, indices.outputs);
  before.forEach((value, i) => {
    bias[indices.outputOf(i)] += value * shift[indices.inputOf(i)];
  });
  return folded(
    layer,
    before.map((value, i) => value * scale[indices.inputOf(i)]),
    bias,
  );
}

function isConvolution(layout: WeightLayout): boolean {
  return layout.includes('conv') || layout === 'keras-depthwise';
}

function readLayer(layer: LinearLayer) {
  checkArguments('the layer', layer, ['weight', 'bias', 'layout', 'groups']);
  const { weight, layout, groups = 1 } = layer;
  checkTensor('weight', weight);
  if (!Object.hasOwn(WEIGHT_LAYOUTS, layout)) {
    const known = Object.keys(WEIGHT_LAYOUTS).join(', ');
    throw new NormError('layout', `layout is ${describe(layout)}; expected one of ${known}.`, {
      argument: 'layout',
    });
  }
  return { weight, indices: WEIGHT_LAYOUTS[layout](weight.shape, groups) };
}

function readBias({ bias }: LinearLayer, outputs: number): Float64Array {
  if (bias === undefined) return new Float64Array(outputs);
  checkLength('bias', bias, outputs, 'output channels');
  return widened(bias.data);
}

function checkLength(name: string, value: Tensor, expected: number, what: string): void {
  checkTensor(name, value);
  checkSize(name, value, expected, `the layer's ${what}`);
}

/** y = scale * x + shift, what a Batch Norm in inference comes to. */
function scaleAndShift(batchNorm: FoldedBatchNorm, channels: number, what: string) {
  checkArguments('the Batch Norm', batchNorm, ['mean', 'variance', 'gamma', 'beta', 'epsilon']);
  const { mean, variance, gamma, beta } = batchNorm;
  const epsilon = checkedEpsilon(batchNorm.epsilon);
  const read = (name: string, value: Tensor): Float64Array => {
    checkLength(name, value, channels, what);
    return widened(value.data);
  };
  const means = read('mean', mean);
  const variances = read('variance', variance);
  checkVariances(variances, epsilon);
  const gammas = gamma && read('gamma', gamma);
  const betas = beta && read('beta', beta);
  const scale = variances.map((value, c) => (gammas?.[c] ?? 1) / Math.sqrt(value + epsilon));
  return { scale, shift: scale.map((value, c) => (betas?.[c] ?? 0) - means[c] * value) };
}

function folded({ weight, bias }: LinearLayer, values: Float64Array, shifts: Float64Array): FoldedLayer {
  return {
    // Of a whole model's weights a copy would be as large as they are.
    weight: {
      ...weight,
      data: rounded(values, weight.dtype === 'float64' ? values : allocate(weight.dtype, values.length)),
    },
    bias: {
      dtype: bias?.dtype ?? weight.dtype,
      shape: [shifts.length],
      data: rounded(shifts, allocate(bias?.dtype ?? weight.dtype, shifts.length)),
    },
  };
}
