import {
  batchNorm,
  batchNormTraining,
  type Convention,
  layerNorm,
  type Tensor,
  tensor,
} from '@normlayers/core';
import { fromFloat16Bits, toFloat16Bits } from '@normlayers/core/adapter';
import { foldIntoPreceding } from '@normlayers/core/weights';

/** One number of a trap's table; a wrong one is marked so. */
export interface TrapRow {
  /** Which words of the trap's text name the row. */
  readonly label: string;
  readonly value: number;
  readonly wrong?: boolean;
}

/** An input that shows a trap, and what comes of it. */
export interface Trap {
  readonly values: readonly number[];
  /** Which of `values` it starts with. */
  readonly start: number;
  readonly rows: (value: number) => readonly TrapRow[];
}

const momentum: Trap = {
  values: [0.01, 0.1, 0.5, 0.9, 0.99],
  start: 1,
  rows(value) {
    const conventions: readonly Convention[] = ['pytorch', 'keras', 'onnx', 'flax'];
    return conventions.map((convention) => ({
      label: convention,
      value: runningMeanAfterTen(convention, value),
    }));
  },
};

/** The running mean after ten batches whose mean is 1, starting from 0. */
function runningMeanAfterTen(convention: Convention, momentum: number): number {
  let runningMean: Tensor = tensor(new Float64Array([0]));
  let runningVar: Tensor = tensor(new Float64Array([1]));
  const x = tensor(new Float64Array([0, 2]), [2, 1]);
  for (let step = 0; step < 10; step++) {
    ({ runningMean, runningVar } = batchNormTraining({ x, runningMean, runningVar, convention, momentum }));
  }
  return runningMean.data[0];
}

const variance: Trap = {
  values: [2, 4, 16, 64, 1024],
  start: 1,
  rows(n) {
    const x = tensor(
      Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1)),
      [n, 1],
    );
    const running = { runningMean: tensor(new Float64Array(1)), runningVar: tensor(new Float64Array(1)) };
    const after = (convention: Convention, momentum: number) =>
      batchNormTraining({ x, ...running, convention, momentum }).runningVar!.data[0];
    return [
      { label: 'biased', value: after('keras', 0) },
      { label: 'unbiased', value: after('pytorch', 1) },
    ];
  },
};

const epsilon: Trap = {
  values: [1, 0.1, 0.03, 0.01, 0.001],
  start: 2,
  rows(spread) {
    const x = tensor(new Float64Array([-spread, spread]), [1, 2]);
    const y = (epsilon: number) => layerNorm({ x, epsilon }).y.data[1];
    return [
      { label: 'pytorch', value: y(1e-5) },
      { label: 'keras', value: y(1e-3) },
      { label: 'none', value: y(0) },
    ];
  },
};

const layout: Trap = {
  values: [0, 1, 2, 3, 4, 5],
  start: 4,
  rows(index) {
    const x = tensor(new Float64Array([1, 2, 3, 10, 20, 30, 100, 200, 300, 1, 1, 1]), [2, 2, 3]);
    const y = (layout: 'channels-first' | 'channels-last') => batchNormTraining({ x, layout }).y.data[index];
    return [
      { label: 'first', value: y('channels-first') },
      { label: 'last', value: y('channels-last') },
    ];
  },
};

const f = Math.fround;

/** Mean and variance as E[x^2] - E[x]^2, every step rounded to float32. */
function shortcutVariance(x: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of x) {
    sum = f(sum + value);
    squares = f(squares + f(value * value));
  }
  const mean = f(sum / x.length);
  return f(f(squares / x.length) - f(mean * mean));
}

/** 64 numbers around `offset` whose variance is 1. */
function around(offset: number): Float32Array {
  return Float32Array.from({ length: 64 }, (_, i) => offset + (i % 2 === 0 ? 1 : -1));
}

const cancellation: Trap = {
  values: [0, 10, 100, 1000, 4096.5, 10000, 100000],
  start: 4,
  rows(offset) {
    const x = around(offset);
    const shortcut = shortcutVariance(x);
    const y = layerNorm({ x: tensor(x, [1, 64]), epsilon: 1e-5 }).y.data[0];
    const mean = f(x.reduce((sum, value) => f(sum + value), 0) / 64);
    const shortcutY = (x[0] - mean) / Math.sqrt(shortcut + 1e-5);
    return [
      { label: 'shortcutVariance', value: shortcut, wrong: Math.abs(shortcut - 1) > 1e-3 },
      { label: 'shortcutY', value: shortcutY, wrong: !(Math.abs(shortcutY - y) < 1e-3) },
      { label: 'core', value: y },
    ];
  },
};

const half = (value: number) => fromFloat16Bits(toFloat16Bits(value));

const float16: Trap = {
  values: [1, 100, 200, 256, 1000, 30000],
  start: 4,
  rows(size) {
    const numbers = [size, -size, size / 2, -size / 2].map(half);
    const square = half(numbers[0] ** 2);
    const meanSquare = half(numbers.reduce((sum, value) => half(sum + half(value * value)), 0) / 4);
    const naive = half(numbers[0] * half(1 / Math.sqrt(meanSquare)));
    const x = tensor(Uint16Array.from(numbers, toFloat16Bits), [1, 4]);
    const core = fromFloat16Bits(layerNorm({ x }).y.data[0]);
    return [
      { label: 'square', value: square, wrong: !Number.isFinite(square) },
      { label: 'naive', value: naive, wrong: Math.abs(naive - core) > 0.01 },
      { label: 'core', value: core },
    ];
  },
};

const folding: Trap = {
  values: [0, 10, 1000, 10000, 1000000],
  start: 3,
  rows(mean) {
    const statistics = { mean: tensor([mean]), variance: tensor([3]), epsilon: 1e-5 };
    const input = f(mean + 0.3);
    const folded = foldIntoPreceding(
      { weight: tensor([1], [1, 1]), bias: tensor([0]), layout: 'pytorch-linear' },
      statistics,
    );
    const foldedY = f(f(folded.weight.data[0] * input) + folded.bias.data[0]);
    const { y } = batchNorm({ x: tensor([input], [1, 1]), ...statistics });
    return [
      { label: 'separate', value: y.data[0] },
      { label: 'folded', value: foldedY, wrong: Math.abs(foldedY - y.data[0]) > 1e-4 },
    ];
  },
};

/** Every trap of the page, by name. */
export const TRAPS = { momentum, variance, epsilon, layout, cancellation, float16, folding } as const;

export type TrapName = keyof typeof TRAPS;
