import { type DType, type NormCall, type Tensor, tensor } from '@normlayers/core';
import { toFloat16Bits } from '@normlayers/core/adapter';
import { Random } from '../experiments/training/random';

export const BREAK_OPS = ['layerNorm', 'layerNormOutlier', 'batchNorm', 'batchNormChannelsFirst'] as const;
export type BreakOp = (typeof BREAK_OPS)[number];

/** How hard an input is, in the terms of the sliders. */
export interface Hardness {
  readonly op: BreakOp;
  /** Mean over standard deviation; of `layerNormOutlier`, how many standard deviations one element of each row is off. */
  readonly ratio: number;
  /** Standard deviation. */
  readonly spread: number;
  readonly epsilon: number;
  readonly batch: number;
  readonly features: number;
  readonly dtype: Exclude<DType, 'float64'>;
}

/** The ratios at which the plot has its points; the slider's too. */
export const RATIOS: readonly number[] = [0.01, 0.1, 1, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5, 1e6];

/**
 * The ratios that a plot shows of an input: float16 holds no number beyond 65504.
 */
export function ratiosFor({ dtype, spread }: Pick<Hardness, 'dtype' | 'spread'>): readonly number[] {
  // Normal numbers of a call's size reach less than 6 standard deviations.
  return dtype === 'float16' ? RATIOS.filter((ratio) => (ratio + 6) * spread < 65504) : RATIOS;
}

/**
 * A call as hard as asked for, the same for the same arguments: normal numbers, stretched and moved. Layer Norm over the
 * last axis of [batch, features], all numbers moved or one of each row; Batch Norm with the statistics of the batch,
 * channels last; or Batch Norm with given statistics over [batch, channels, 4], channels first.
 */
export function hardCall({ op, ratio, spread, epsilon, batch, features, dtype }: Hardness): NormCall {
  const random = new Random(1);
  const isFirst = op === 'batchNormChannelsFirst';
  const shape = isFirst ? [batch, features, 4] : [batch, features];
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const isMoved = (i: number) => op !== 'layerNormOutlier' || i % features === 0;
  const values = Float64Array.from(
    { length: size },
    (_, i) => (random.normal() + (isMoved(i) ? ratio : 0)) * spread,
  );
  const x = stored(values, shape, dtype);
  switch (op) {
    case 'layerNorm':
    case 'layerNormOutlier':
      return { op: 'layerNorm', mode: 'inference', x, epsilon };
    case 'batchNorm':
      return { op, mode: 'training', x, epsilon, layout: 'channels-last' };
    case 'batchNormChannelsFirst': {
      const statistics = dtype === 'float16' ? 'float32' : dtype;
      const filled = (value: (channel: number) => number) =>
        stored(
          Float64Array.from({ length: features }, (_, i) => value(i)),
          [features],
          statistics,
        );
      const mean = filled((channel) => (ratio + 0.1 * (channel % 5)) * spread);
      const variance = filled((channel) => (spread * (1 + 0.2 * (channel % 3))) ** 2);
      return { op: 'batchNorm', mode: 'inference', x, mean, variance, epsilon, layout: 'channels-first' };
    }
  }
}

function stored(values: Float64Array, shape: readonly number[], dtype: DType): Tensor {
  if (dtype === 'float16') return tensor(Uint16Array.from(values, toFloat16Bits), shape);
  return tensor(Float32Array.from(values), shape);
}

/** Inputs that are known to break something somewhere. */
export const PRESETS = {
  farFromZero: {
    op: 'layerNorm',
    ratio: 1e4,
    spread: 1,
    epsilon: 1e-5,
    batch: 4,
    features: 768,
    dtype: 'float32',
  },
  squareOverflows: {
    op: 'layerNorm',
    ratio: 0.01,
    spread: 1e19,
    epsilon: 1e-5,
    batch: 4,
    features: 768,
    dtype: 'float32',
  },
  halfPrecision: {
    op: 'layerNorm',
    ratio: 0.01,
    spread: 300,
    epsilon: 1e-5,
    batch: 4,
    features: 64,
    dtype: 'float16',
  },
  halfOutlier: {
    op: 'layerNormOutlier',
    ratio: 1e3,
    spread: 1,
    epsilon: 1e-5,
    batch: 4,
    features: 768,
    dtype: 'float16',
  },
  tinyVariance: {
    op: 'layerNorm',
    ratio: 1e5,
    spread: 1e-4,
    epsilon: 1e-12,
    batch: 4,
    features: 256,
    dtype: 'float32',
  },
  foldedStatistics: {
    op: 'batchNormChannelsFirst',
    ratio: 1e4,
    spread: 1,
    epsilon: 1e-5,
    batch: 4,
    features: 16,
    dtype: 'float32',
  },
  channelsFirst: {
    op: 'batchNormChannelsFirst',
    ratio: 1,
    spread: 1,
    epsilon: 1e-5,
    batch: 2,
    features: 4,
    dtype: 'float32',
  },
} as const satisfies Record<string, Hardness>;

export type PresetName = keyof typeof PRESETS;

/** Where each is tracked upstream, or was first described. */
export const PRESET_ISSUES: Readonly<Partial<Record<PresetName, string>>> = {
  farFromZero: 'https://github.com/pytorch/pytorch/issues/51102',
  halfPrecision: 'https://github.com/microsoft/onnxruntime/issues/17692',
  halfOutlier: 'https://github.com/microsoft/onnxruntime/issues/31626',
  channelsFirst: 'https://github.com/tensorflow/tfjs/issues/1106',
};

/** The frameworks' own operators that each is known to break. */
export const PRESET_VICTIMS: Readonly<Record<PresetName, readonly string[]>> = {
  farFromZero: ['native:onnxruntime-web/webgpu:native'],
  squareOverflows: ['native:tfjs/cpu', 'native:onnxruntime-web/wasm'],
  halfPrecision: ['native:onnxruntime-web/webgpu:native'],
  halfOutlier: ['native:onnxruntime-web/webgpu:native'],
  tinyVariance: ['native:tfjs/wasm', 'native:onnxruntime-web/wasm'],
  foldedStatistics: [],
  channelsFirst: ['native:tfjs/cpu', 'native:tfjs/wasm'],
};
