import type { Tensor } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { foldIntoFollowing, foldIntoPreceding, type LinearLayer } from '@normlayers/core/weights';
import type { ElementType } from '../../graph/element-type';
import { composed, type Scaling } from '../scaling';
import { inputsOf, type Layer } from './linear-layer';

/**
 * A layer's numbers with scalings folded into them, in float64.
 *
 * @throws NormError where a layer that pads cannot take in what is before it.
 */
export function foldedNumbers(
  layer: Layer,
  numbers: Float64Array,
  first: readonly Scaling[],
  then: readonly Scaling[],
): { weight: Float64Array; bias: Float64Array } {
  let linear: LinearLayer = {
    weight: float64(numbers, layer.shape),
    bias: float64(layer.bias ?? new Float64Array(layer.outputs), [layer.outputs]),
    layout: layer.layout,
    groups: layer.groups,
  };
  if (first.length > 0) {
    const batchNorm = batchNormOf(first, inputsOf(layer));
    linear = { ...linear, ...foldIntoFollowing(linear, batchNorm, layer.padded) };
  }
  if (then.length > 0) {
    linear = { ...linear, ...foldIntoPreceding(linear, batchNormOf(then, layer.outputs)) };
  }
  return { weight: linear.weight.data as Float64Array, bias: linear.bias!.data as Float64Array };
}

/**
 * Whether the largest weight times the largest scale, and the biases, are below a bound: then all are, and folding need not be
 * tried. (11 convolutions of 104 MB: 1.1 s to inspect for 2.7.)
 */
export function staysBelow(
  most: number,
  numbers: Float64Array,
  layer: Layer,
  then: readonly Scaling[],
): boolean {
  // What else could be wrong is for the attempt to find.
  if (layer.groups !== 1 || layer.shape.length < 2 || numbers.length !== sizeOf(layer.shape)) return false;
  const { gamma, beta } = batchNormOf(then, layer.outputs);
  const scale = largestOf(gamma.data as Float64Array);
  const bias = scale * (layer.bias === null ? 0 : largestOf(layer.bias));
  return largestOf(numbers) * scale < most / 2 && bias + largestOf(beta.data as Float64Array) < most / 2;
}

/** The largest magnitude; NaN where one is none. */
export function largestOf(numbers: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const one = Math.abs(numbers[i]!);
    if (!(one <= largest)) largest = one;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}

/** The largest number of each type. */
export const LARGEST: Partial<Record<ElementType, number>> = {
  float16: 65504,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

function float64(data: Float64Array, shape: readonly number[]): Tensor {
  return { dtype: 'float64', shape, data };
}

/** Scalings as the Batch Norm that they come to, with mean 0 and variance 1. */
function batchNormOf(scalings: readonly Scaling[], channels: number) {
  const identity = { scale: Float64Array.of(1), shift: Float64Array.of(0), axis: null };
  const { scale, shift } = scalings.reduce<Pick<Scaling, 'scale' | 'shift' | 'axis'>>(composed, identity);
  // Before a dense layer that flattens, each channel stands for all of its positions.
  const wide = (numbers: Float64Array) => {
    const each = channels / numbers.length;
    return float64(
      Float64Array.from({ length: channels }, (_, c) => numbers[Math.floor(c / each)]!),
      [channels],
    );
  };
  return {
    mean: wide(Float64Array.of(0)),
    variance: wide(Float64Array.of(1)),
    gamma: wide(scale),
    beta: wide(shift),
    epsilon: 0,
  };
}
