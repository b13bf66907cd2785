import {
  type AffinePattern,
  anyOf,
  commutative,
  constant,
  mean,
  number,
  op,
  type Pattern,
  value,
} from './pattern';

/** A normalization that is spelt in operators: a pattern, and what it amounts to. */
export interface Chain {
  readonly op: 'layerNorm' | 'rmsNorm' | 'groupNorm';
  /** The value that tells the chain: what stands under the root, or what gamma and beta are applied to. */
  readonly anchor: Pattern;
  /** The values bound by the anchor that sums and products are not taken apart at. */
  readonly stops: readonly string[];
  /** The whole of it, around the anchor. */
  readonly forms: readonly AffinePattern[];
}

const X = value('x');
const MEAN = mean(X, 'mean');
const CENTRED: Pattern = { op: 'Sub', inputs: [X, MEAN], as: 'centred' };

function squareOf(pattern: Pattern): Pattern {
  return anyOf(op('Pow', pattern, number(2)), op('Mul', pattern, pattern), op('Square', pattern));
}

function plusEpsilon(pattern: Pattern): Pattern {
  return anyOf(commutative('Add', pattern, constant('epsilon')), pattern);
}

const VARIANCE = anyOf(
  mean(anyOf(squareOf(CENTRED), commutative('SquaredDifference', X, MEAN))),
  op('Sub', mean(squareOf(X)), squareOf(MEAN)),
);

const MEAN_SQUARE = mean(squareOf(X));

/** What the anchor is in a product: the inverse standard deviation, or root mean square. */
const INVERSE_ROOT = { of: value('anchor'), power: -0.5 } as const;

/**
 * Layer Norm: (x - mean) / sqrt(variance + epsilon) * gamma + beta, and as Keras and TensorFlow write it, with
 * s = gamma / sqrt(variance + epsilon): x * s + (beta - mean * s).
 *
 * Source: Ba, Kiros and Hinton 2016, equation 3; keras.layers.LayerNormalization by way of tf.nn.batch_normalization.
 */
export const LAYER_NORM: Chain = {
  op: 'layerNorm',
  anchor: plusEpsilon(VARIANCE),
  stops: ['x', 'mean', 'centred', 'anchor'],
  forms: [
    [{ sign: 1, factors: [INVERSE_ROOT, { of: anyOf(CENTRED), power: 1 }] }],
    [
      { sign: 1, factors: [INVERSE_ROOT, { of: X, power: 1 }] },
      { sign: -1, factors: [INVERSE_ROOT, { of: MEAN, power: 1 }] },
    ],
  ],
};

/** RMS Norm: x / sqrt(mean square + epsilon) * gamma. Source: Zhang and Sennrich 2019, equation 4. */
export const RMS_NORM: Chain = {
  op: 'rmsNorm',
  anchor: plusEpsilon(MEAN_SQUARE),
  stops: ['x', 'anchor'],
  forms: [[{ sign: 1, factors: [INVERSE_ROOT, { of: X, power: 1 }] }]],
};

/**
 * Group Norm as exporters write it for want of an operator: Reshape to [N, groups, ...], Instance Norm, Reshape back, and
 * gamma and beta per channel. Source: Wu and He 2018; torch.onnx's symbolic of group_norm.
 */
export const GROUP_NORM: Chain = {
  op: 'groupNorm',
  anchor: op(
    'Reshape',
    {
      op: 'InstanceNormalization',
      inputs: [op('Reshape', X, value('grouped')), value('scale'), value('shift')],
      as: 'normalized',
    },
    value('shape'),
  ),
  stops: ['anchor'],
  forms: [[{ sign: 1, factors: [{ of: value('anchor'), power: 1 }] }]],
};

export const CHAINS: readonly Chain[] = [LAYER_NORM, RMS_NORM, GROUP_NORM];
