import type { NormError } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { WEIGHT_LAYOUTS, type WeightIndices } from '@normlayers/core/weights';
import { type Constant, piecesOf, wholeOf } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { type Refusal, refusal } from '../../norms/refusal';
import { composed, type Scaling } from '../scaling';
import type { Layer } from './linear-layer';

/** A layer's numbers with scalings folded into them, in float64. */
export interface FoldedNumbers {
  /** Computed a piece at a time whenever it is asked for: of a whole model the weights would take twice its size. */
  readonly weight: Constant;
  readonly bias: Float64Array;
}

/** What a scaling does to each channel. */
type PerChannel = Pick<Scaling, 'scale' | 'shift'>;

/**
 * Folds scalings before and after a layer into its numbers: weight' = a_o weight a_i and bias' = a_o (bias + sum(weight b_i)) + b_o
 * with a and b the scale and shift of input channel i and output channel o, as `foldIntoFollowing` and `foldIntoPreceding` of
 * core do, which take and give whole tensors.
 */
export function foldedNumbers(
  layer: Layer,
  first: readonly Scaling[],
  then: readonly Scaling[],
): FoldedNumbers | Refusal {
  let indices: WeightIndices;
  try {
    indices = WEIGHT_LAYOUTS[layer.layout](layer.shape, layer.groups);
  } catch (error) {
    return refusal('channel-axis', (error as NormError).message);
  }
  const { inputs, outputs, outputOf } = indices;
  if (layer.bias !== null && layer.bias.length !== outputs) {
    return refusal('channel-axis', `its bias has ${layer.bias.length} numbers for ${outputs} channels.`);
  }
  const before = first.length === 0 ? null : perChannel(first, inputs);
  const after = then.length === 0 ? null : perChannel(then, outputs);
  const bias = layer.bias?.slice() ?? new Float64Array(outputs);
  const shifted = before?.shift.findIndex((one) => one !== 0) ?? -1;
  if (shifted >= 0) {
    const transposed = layer.layout.endsWith('conv-transpose');
    if (layer.padded || transposed) {
      const why = transposed ? 'is a transposed convolution' : 'pads with zeros';
      return refusal(
        'padding',
        `the layer ${why} and channel ${shifted} is shifted by ${before!.shift[shifted]}.`,
      );
    }
    let at = 0;
    for (const piece of piecesOf(layer.weight) ?? []) {
      for (const one of piece) {
        bias[outputOf(at)]! += one * before!.shift[indices.inputOf(at)]!;
        at++;
      }
    }
  }
  if (after !== null) {
    for (const [o, one] of bias.entries()) bias[o] = one * after.scale[o]! + after.shift[o]!;
  }
  const pieces = () => {
    const given = piecesOf(layer.weight);
    return given && scaledPieces(given, indices, before, after);
  };
  const { type, shape } = layer;
  return { weight: { type, shape, pieces, read: () => wholeOf(pieces(), sizeOf(shape)) }, bias };
}

function* scaledPieces(
  pieces: Iterable<Float64Array>,
  { inputOf, outputOf }: WeightIndices,
  before: PerChannel | null,
  after: PerChannel | null,
): Generator<Float64Array> {
  let scaled = new Float64Array(0);
  let at = 0;
  for (const piece of pieces) {
    if (scaled.length !== piece.length) scaled = new Float64Array(piece.length);
    scaled.set(piece);
    if (before !== null) for (let i = 0; i < scaled.length; i++) scaled[i]! *= before.scale[inputOf(at + i)]!;
    if (after !== null) for (let i = 0; i < scaled.length; i++) scaled[i]! *= after.scale[outputOf(at + i)]!;
    at += piece.length;
    yield scaled;
  }
}

/** The largest magnitude; NaN where one is none. */
export function largestOf(pieces: Iterable<Float64Array>): number {
  let largest = 0;
  for (const numbers of pieces) {
    for (let i = 0; i < numbers.length; i++) {
      const one = Math.abs(numbers[i]!);
      if (!(one <= largest)) largest = one;
    }
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

/** Scalings one after the other, as one with a number for each channel. */
function perChannel(scalings: readonly Scaling[], channels: number): PerChannel {
  const identity = { scale: Float64Array.of(1), shift: Float64Array.of(0), axis: null };
  const { scale, shift } = scalings.reduce<Pick<Scaling, 'scale' | 'shift' | 'axis'>>(composed, identity);
  // Before a dense layer that flattens, each channel stands for all of its positions.
  const wide = (numbers: Float64Array) => {
    const each = channels / numbers.length;
    return Float64Array.from({ length: channels }, (_, c) => numbers[Math.floor(c / each)]!);
  };
  return { scale: wide(scale), shift: wide(shift) };
}
