import type { BuilderType, OnnxBuilder } from './onnx-builder';

/** How a norm is spelt in operators. */
export interface Spelling {
  readonly centred?: boolean;
  readonly square?: 'pow' | 'mul';
  readonly inverse?: 'sqrt div' | 'sqrt reciprocal mul' | '1/sqrt mul' | 'pow -0.5' | 'pow 0.5 div';
  /** Where gamma comes: after the quotient, before it, or into the inverse first. */
  readonly gammaFirst?: 'after' | 'before' | 'inverse';
  /** x * s + (beta - mean * s), as Keras writes it. */
  readonly keras?: boolean;
  readonly epsilonFirst?: boolean;
  readonly duplicateSub?: boolean;
  /** Operands of products and sums the other way round. */
  readonly commuted?: boolean;
  readonly onePlusGamma?: boolean;
  readonly positiveAxes?: boolean;
  readonly keepdims?: boolean;
  readonly uncentredVariance?: boolean;
}

export interface Place {
  readonly opset: number;
  readonly x: string;
  readonly rank: number;
  /** From the front. */
  readonly axes: readonly number[];
  readonly gamma: string | null;
  readonly beta: string | null;
  readonly epsilon?: number;
  readonly type?: BuilderType;
}

/** Writes a Layer Norm (or RMS Norm) in a spelling. Gives its result's name. */
export function spell(b: OnnxBuilder, spelling: Spelling, place: Place): string {
  const {
    centred = true,
    square = 'pow',
    inverse = 'sqrt div',
    gammaFirst = 'after',
    keepdims = true,
  } = spelling;
  const { x, opset, rank, gamma, beta, epsilon = 1e-5, type = 'float32' } = place;
  const axes = place.axes.map((axis) => (spelling.positiveAxes ? axis : axis - rank));
  const two = (op: string, left: string, right: string) =>
    b.node(op, spelling.commuted ? [right, left] : [left, right]);
  const mean = (value: string) => {
    const kept = keepdims ? {} : { keepdims: 0 };
    const made =
      opset >= 18
        ? b.node('ReduceMean', [value, b.constant(axes, [axes.length], 'int64')], kept)
        : b.node('ReduceMean', [value], { axes, ...kept });
    if (keepdims) return made;
    return opset >= 13
      ? b.node('Unsqueeze', [made, b.constant(axes, [axes.length], 'int64')])
      : b.node('Unsqueeze', [made], { axes });
  };
  const squared = (value: string) =>
    square === 'pow' ? b.node('Pow', [value, b.constant(2, [], type)]) : b.node('Mul', [value, value]);
  const m = centred ? mean(x) : null;
  const difference = m === null ? x : b.node('Sub', [x, m]);
  const variance = spelling.uncentredVariance
    ? b.node('Sub', [mean(squared(x)), squared(m!)])
    : mean(squared(difference));
  const again = spelling.duplicateSub ? b.node('Sub', [x, m!]) : difference;
  const e = b.constant(epsilon, [], type);
  const shifted = b.node('Add', spelling.epsilonFirst ? [e, variance] : [variance, e]);
  const root = () =>
    inverse === 'pow 0.5 div'
      ? b.node('Pow', [shifted, b.constant(0.5, [], type)])
      : b.node('Sqrt', [shifted]);
  const inverted = () => {
    if (inverse === 'pow -0.5') return b.node('Pow', [shifted, b.constant(-0.5, [], type)]);
    if (inverse === 'sqrt reciprocal mul') return b.node('Reciprocal', [root()]);
    return b.node('Div', [b.constant(1, [], type), root()]);
  };
  const g = gamma !== null && spelling.onePlusGamma ? b.node('Add', [b.constant(1, [], type), gamma]) : gamma;
  if (spelling.keras) {
    const s = g === null ? inverted() : two('Mul', inverted(), g);
    const shift = b.node('Mul', [m!, s]);
    const rest = beta === null ? b.node('Neg', [shift]) : b.node('Sub', [beta, shift]);
    return two('Add', b.node('Mul', [x, s]), rest);
  }
  const divides = inverse.endsWith('div');
  let y: string;
  if (g !== null && gammaFirst === 'inverse') {
    y = two('Mul', again, two('Mul', inverted(), g));
  } else {
    const over = g !== null && gammaFirst === 'before' ? two('Mul', g, again) : again;
    const quotient = divides ? b.node('Div', [over, root()]) : two('Mul', over, inverted());
    y = g !== null && gammaFirst === 'after' ? two('Mul', quotient, g) : quotient;
  }
  return beta === null ? y : two('Add', y, beta);
}

/** The ten spellings of Layer Norm that are met in exported models. */
export const LAYER_NORMS: Readonly<Record<string, Spelling>> = {
  'pow 2, sqrt, div': {},
  'mul by itself, sqrt, div': { square: 'mul' },
  'sub twice': { duplicateSub: true },
  'epsilon on the left': { epsilonFirst: true },
  'sqrt, reciprocal, mul': { inverse: 'sqrt reciprocal mul' },
  '1 / sqrt, mul': { inverse: '1/sqrt mul' },
  'pow -0.5': { inverse: 'pow -0.5' },
  'pow 0.5, div': { inverse: 'pow 0.5 div' },
  'gamma before the quotient': { gammaFirst: 'before' },
  'x * s + (beta - mean * s)': { keras: true, inverse: 'sqrt reciprocal mul' },
};

/** The nine spellings of RMS Norm. */
export const RMS_NORMS: Readonly<Record<string, Spelling>> = {
  'pow 2, sqrt, div': { centred: false },
  'mul by itself, sqrt, div': { centred: false, square: 'mul' },
  'epsilon on the left': { centred: false, epsilonFirst: true },
  'sqrt, reciprocal, mul': { centred: false, inverse: 'sqrt reciprocal mul' },
  '1 / sqrt, mul': { centred: false, inverse: '1/sqrt mul' },
  'pow -0.5': { centred: false, inverse: 'pow -0.5' },
  'pow 0.5, div': { centred: false, inverse: 'pow 0.5 div' },
  'gamma before the quotient': { centred: false, gammaFirst: 'before' },
  'Gemma’s 1 + w': { centred: false, inverse: 'sqrt reciprocal mul', onePlusGamma: true },
};

/** Group Norm as torch.onnx writes it. */
export function spellGroupNorm(
  b: OnnxBuilder,
  {
    x,
    shape,
    groups,
    gamma,
    beta,
  }: { x: string; shape: readonly number[]; groups: number; gamma: string; beta: string },
): string {
  const grouped = b.node('Reshape', [x, b.constant([0, groups, -1], [3], 'int64')]);
  const ones = b.constant(new Array<number>(groups).fill(1));
  const zeros = b.constant(new Array<number>(groups).fill(0));
  const normalized = b.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: 1e-5 } });
  const back = b.node('Reshape', [normalized, b.constant(shape, [shape.length], 'int64')]);
  return b.node('Add', [b.node('Mul', [back, gamma]), beta]);
}

/** A Batch Norm's four parameters for some channels. */
export function batchNorm(b: OnnxBuilder, x: string, channels: number, random: () => number): string {
  const list = (f: () => number) => b.constant(Array.from({ length: channels }, f));
  const parameters = [
    list(() => 0.5 + random()),
    list(() => random() - 0.5),
    list(() => random() - 0.5),
    list(() => 0.25 + random()),
  ];
  return b.node('BatchNormalization', [x, ...parameters], { epsilon: { float: 1e-5 } });
}

type Random = () => number;
const weights = (b: OnnxBuilder, shape: readonly number[], random: Random) =>
  b.constant(
    Array.from({ length: shape.reduce((all, size) => all * size, 1) }, () => random() - 0.5),
    shape,
  );

/** A place where a Batch Norm folds: the input's shape and the graph. */
export interface FoldCase {
  readonly shape: readonly number[];
  readonly write: (b: OnnxBuilder, x: string, random: Random) => string;
}

/** The seven places that the table of ONNX Runtime's optimizer has. */
export const FOLDS: Readonly<Record<string, FoldCase>> = {
  Conv: {
    shape: [2, 3, 6, 6],
    write: (b, x, random) =>
      batchNorm(
        b,
        b.node('Conv', [x, weights(b, [4, 3, 3, 3], random), weights(b, [4], random)], {
          pads: [1, 1, 1, 1],
        }),
        4,
        random,
      ),
  },
  ConvTranspose: {
    shape: [2, 4, 5, 5],
    write: (b, x, random) =>
      batchNorm(
        b,
        b.node('ConvTranspose', [x, weights(b, [4, 3, 3, 3], random)], { group: 2, strides: [2, 2] }),
        6,
        random,
      ),
  },
  Gemm: {
    shape: [3, 5],
    write: (b, x, random) =>
      batchNorm(
        b,
        b.node('Gemm', [x, weights(b, [4, 5], random), weights(b, [4], random)], { transB: 1 }),
        4,
        random,
      ),
  },
  MatMul: {
    shape: [3, 5],
    write: (b, x, random) => batchNorm(b, b.node('MatMul', [x, weights(b, [5, 4], random)]), 4, random),
  },
  'MatMul and Add': {
    shape: [3, 5],
    write: (b, x, random) =>
      batchNorm(
        b,
        b.node('Add', [b.node('MatMul', [x, weights(b, [5, 4], random)]), weights(b, [4], random)]),
        4,
        random,
      ),
  },
  'before Conv without padding': {
    shape: [2, 4, 6, 6],
    write: (b, x, random) =>
      b.node('Conv', [batchNorm(b, x, 4, random), weights(b, [6, 2, 3, 3], random)], { group: 2 }),
  },
  'before Gemm': {
    shape: [3, 5],
    write: (b, x, random) =>
      b.node('Gemm', [batchNorm(b, x, 5, random), weights(b, [5, 4], random), weights(b, [1, 4], random)], {
        alpha: { float: 0.5 },
        beta: { float: 2 },
      }),
  },
};

/** More places, and Batch Norms that are spelt. */
export const MORE_FOLDS: Readonly<Record<string, FoldCase>> = {
  'a depthwise Conv': {
    shape: [1, 4, 6, 6],
    write: (b, x, random) =>
      batchNorm(
        b,
        b.node('Conv', [x, weights(b, [8, 1, 3, 3], random)], { group: 4, auto_pad: 'SAME_UPPER' }),
        8,
        random,
      ),
  },
  'Mul and Add after a Conv': {
    shape: [1, 3, 6, 6],
    write: (b, x, random) => {
      const y = b.node('Conv', [x, weights(b, [4, 3, 3, 3], random)]);
      return b.node('Add', [
        b.node('Mul', [y, weights(b, [4, 1, 1], random)]),
        weights(b, [1, 4, 1, 1], random),
      ]);
    },
  },
  'either side of a Conv': {
    shape: [1, 3, 6, 6],
    write: (b, x, random) =>
      batchNorm(b, b.node('Conv', [batchNorm(b, x, 3, random), weights(b, [4, 3, 1, 1], random)]), 4, random),
  },
  'before Flatten and Gemm': {
    shape: [2, 3, 2, 2],
    write: (b, x, random) =>
      b.node('Gemm', [b.node('Flatten', [batchNorm(b, x, 3, random)]), weights(b, [12, 4], random)]),
  },
  'before MatMul': {
    shape: [3, 5],
    write: (b, x, random) => b.node('MatMul', [batchNorm(b, x, 5, random), weights(b, [5, 4], random)]),
  },
  'two layers, one weight': {
    shape: [1, 3, 4, 4],
    write: (b, x, random) => {
      const w = weights(b, [3, 3, 1, 1], random);
      return b.node('Conv', [batchNorm(b, b.node('Conv', [x, w]), 3, random), w]);
    },
  },
};
