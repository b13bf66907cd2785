// A folded layer against the two layers one after the other, convolutions computed here from their definition.
import { batchNorm, NormError, type Tensor, tensor } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import {
  type FoldedBatchNorm,
  foldIntoFollowing,
  foldIntoPreceding,
  type LinearLayer,
  type WeightLayout,
} from '@normlayers/core/weights';
import { describe, expect, test } from 'vitest';
import { expectClose, float64, normals, numbers } from './tensors';

const KERNEL = [2, 3];
const SIZE = [3, 4];
const TAPS = sizeOf(KERNEL);

interface Layout {
  readonly layout: WeightLayout;
  readonly inputs: number;
  readonly outputs: number;
  readonly groups?: number;
  readonly shape: readonly number[];
  /** Where the weight from input i to output o at a tap is, in a framework's documented layout. */
  readonly at: (o: number, i: number, tap: number) => number;
  readonly kind: 'dense' | 'convolution' | 'transposed';
}

/** [O, I / g, ...k] */
const outputsFirst = (inputs: number, outputs: number, groups = 1) => {
  const per = inputs / groups;
  return {
    ...{ inputs, outputs, groups, shape: [outputs, per, ...KERNEL] },
    at: (o: number, i: number, tap: number) => (o * per + (i % per)) * TAPS + tap,
  };
};
/** [I, O / g, ...k] */
const inputsFirst = (inputs: number, outputs: number, groups = 1) => {
  const per = outputs / groups;
  return {
    ...{ inputs, outputs, groups, shape: [inputs, per, ...KERNEL] },
    at: (o: number, i: number, tap: number) => (i * per + (o % per)) * TAPS + tap,
  };
};
/** [...k, I / g, O] */
const outputsLast = (inputs: number, outputs: number, groups = 1) => {
  const per = inputs / groups;
  return {
    ...{ inputs, outputs, groups, shape: [...KERNEL, per, outputs] },
    at: (o: number, i: number, tap: number) => (tap * per + (i % per)) * outputs + o,
  };
};

const dense = { kind: 'dense', inputs: 3, outputs: 4 } as const;
const LAYOUTS: Layout[] = [
  { layout: 'pytorch-linear', ...dense, shape: [4, 3], at: (o, i) => o * 3 + i },
  { layout: 'onnx-gemm-transposed', ...dense, shape: [4, 3], at: (o, i) => o * 3 + i },
  { layout: 'onnx-gemm', ...dense, shape: [3, 4], at: (o, i) => i * 4 + o },
  { layout: 'onnx-matmul', ...dense, shape: [3, 4], at: (o, i) => i * 4 + o },
  { layout: 'keras-dense', ...dense, shape: [3, 4], at: (o, i) => i * 4 + o },
  { layout: 'pytorch-conv', kind: 'convolution', ...outputsFirst(3, 4) },
  { layout: 'pytorch-conv', kind: 'convolution', ...outputsFirst(4, 6, 2) },
  { layout: 'pytorch-conv', kind: 'convolution', ...outputsFirst(3, 3, 3) },
  { layout: 'onnx-conv', kind: 'convolution', ...outputsFirst(6, 4, 2) },
  { layout: 'keras-conv', kind: 'convolution', ...outputsLast(3, 4) },
  { layout: 'keras-conv', kind: 'convolution', ...outputsLast(6, 4, 2) },
  {
    layout: 'keras-depthwise',
    kind: 'convolution',
    ...{ inputs: 3, outputs: 6, groups: 3, shape: [...KERNEL, 3, 2] },
    at: (o, i, tap) => (tap * 3 + i) * 2 + (o % 2),
  },
  { layout: 'pytorch-conv-transpose', kind: 'transposed', ...inputsFirst(3, 4) },
  { layout: 'onnx-conv-transpose', kind: 'transposed', ...inputsFirst(4, 6, 2) },
  {
    layout: 'keras-conv-transpose',
    kind: 'transposed',
    ...{ inputs: 3, outputs: 4, shape: [...KERNEL, 4, 3] },
    at: (o, i, tap) => (tap * 4 + o) * 3 + i,
  },
];

/** The layer on one sample [I, height, width] (or [I]), with stride 1. Padding is of `padding` zeros on every side. */
function apply(layout: Layout, weight: Tensor, bias: Tensor | undefined, x: Tensor, padding = 0): Tensor {
  const { inputs, outputs, groups = 1, kind, at } = layout;
  const w = numbers(weight);
  const values = numbers(x);
  const [height, width] = kind === 'dense' ? [1, 1] : SIZE;
  const [kh, kw] = kind === 'dense' ? [1, 1] : KERNEL;
  const grow = kind === 'transposed' ? 1 : -1;
  const [oh, ow] = [height + grow * (kh - 1) + 2 * padding, width + grow * (kw - 1) + 2 * padding];
  const y: number[] = [];
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < oh; r++) {
      for (let c = 0; c < ow; c++) {
        let total = bias === undefined ? 0 : numbers(bias)[o];
        for (let i = 0; i < inputs; i++) {
          if (Math.floor(o / (outputs / groups)) !== Math.floor(i / (inputs / groups))) continue;
          for (let a = 0; a < kh; a++) {
            for (let b = 0; b < kw; b++) {
              const row = kind === 'transposed' ? r - a : r + a - padding;
              const column = kind === 'transposed' ? c - b : c + b - padding;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              total += values[(i * height + row) * width + column] * w[at(o, i, a * kw + b)];
            }
          }
        }
        y.push(total);
      }
    }
  }
  return float64(y, [outputs, oh * ow]);
}

/** A Batch Norm with all four tensors, or with as few as there can be. */
function batchNormOf(channels: number, bare: boolean, seed: number): FoldedBatchNorm {
  const positive = (values: number[]) => values.map((value) => Math.abs(value) + 0.5);
  const statistics = {
    mean: float64(normals(channels, seed)),
    variance: float64(positive(normals(channels, seed + 1))),
  };
  if (bare) return statistics;
  return {
    ...statistics,
    gamma: float64(normals(channels, seed + 2)),
    beta: float64(normals(channels, seed + 3)),
    epsilon: 1e-3,
  };
}

const normalize = (x: Tensor, its: FoldedBatchNorm) => batchNorm({ x, axis: 0, ...its }).y;

LAYOUTS.forEach((layout, number) => {
  const { inputs, outputs, groups = 1, kind } = layout;
  const weight = float64(normals(sizeOf(layout.shape), number + 1), layout.shape);
  const input = [inputs, kind === 'dense' ? 1 : sizeOf(SIZE)];
  const x = float64(normals(sizeOf(input), number + 50), input);
  const own = {
    weight,
    layout: layout.layout,
    ...(groups > 1 && layout.layout !== 'keras-depthwise' ? { groups } : {}),
  };
  const biases = [undefined, float64(normals(outputs, number + 70))];

  describe(`${layout.layout}, ${inputs} to ${outputs} channels, ${groups} groups`, () => {
    test('into the layer before', () => {
      for (const bias of biases) {
        for (const bare of [false, true]) {
          const its = batchNormOf(outputs, bare, 90);
          const folded = foldIntoPreceding({ ...own, bias } as LinearLayer, its);
          expect([folded.weight.shape, folded.bias.shape]).toEqual([layout.shape, [outputs]]);
          expectClose(
            apply(layout, folded.weight, folded.bias, x),
            normalize(apply(layout, weight, bias, x), its),
          );
        }
      }
    });

    test('into the layer after', () => {
      for (const bias of biases) {
        for (const bare of [false, true]) {
          const its = batchNormOf(inputs, bare, 95);
          const layer = { ...own, bias } as LinearLayer;
          if (kind === 'transposed') {
            expect(() => foldIntoFollowing(layer, its)).toThrow(
              /transposed convolution and channel 0 is shifted/,
            );
            continue;
          }
          const folded = foldIntoFollowing(layer, its, false);
          expectClose(
            apply(layout, folded.weight, folded.bias, x),
            apply(layout, weight, bias, normalize(x, its)),
          );
        }
      }
    });

    test('into the layer after, nothing shifted: padded and transposed too', () => {
      const { variance, gamma } = batchNormOf(inputs, false, 97);
      const its = { mean: float64(new Array<number>(inputs).fill(0)), variance, gamma: gamma! };
      const padding = kind === 'convolution' ? 1 : 0;
      const folded = foldIntoFollowing(own as LinearLayer, its, true);
      expectClose(
        apply(layout, folded.weight, folded.bias, x, padding),
        apply(layout, weight, undefined, normalize(x, its), padding),
      );
    });
  });
});

test('padding and a shift do not go together: the border would differ', () => {
  const layer = { weight: float64([1, 2, 3], [1, 1, 3]), layout: 'pytorch-conv' } as const;
  const its = { mean: tensor([1]), variance: tensor([1]) };
  expect(() => foldIntoFollowing(layer, its, true)).toThrow(expect.objectContaining({ code: 'padding' }));
  expect(() => foldIntoFollowing(layer, its, false)).not.toThrow();
  // Whether a convolution pads is never guessed: y would differ at the border.
  expect(() => foldIntoFollowing(layer, its)).toThrow(
    expect.objectContaining({ code: 'missing-argument', argument: 'padded' }),
  );
  expect(() => foldIntoFollowing(layer, { ...its, mean: tensor([0]) })).not.toThrow();
});

test('keeps types: float32 stays float32, and nothing given is changed', () => {
  const layer = { weight: tensor([1, 2], [1, 2]), bias: float64([3]), layout: 'pytorch-linear' } as const;
  const folded = foldIntoPreceding(layer, { mean: tensor([1]), variance: tensor([4]), epsilon: 0 });
  expect([folded.weight.dtype, folded.bias.dtype]).toEqual(['float32', 'float64']);
  expect([numbers(layer.weight), numbers(layer.bias)]).toEqual([[1, 2], [3]]);
});

describe('refuses', () => {
  const layer = { weight: float64([1, 2, 3, 4], [2, 2]), layout: 'pytorch-linear' } as const;
  const its = { mean: tensor([0, 0]), variance: tensor([1, 1]) };
  test.each<[string, Partial<LinearLayer>, Partial<FoldedBatchNorm>, string]>([
    ['an unknown layout', { layout: 'caffe' as never }, {}, 'layout'],
    ['a weight of one axis', { weight: tensor([1, 2]) }, {}, 'rank'],
    ['groups that do not divide the channels', { layout: 'pytorch-conv', groups: 3 }, {}, 'groups'],
    ["groups of Keras's transposed convolution", { layout: 'keras-conv-transpose', groups: 2 }, {}, 'groups'],
    ['a bias of another length', { bias: tensor([1]) }, {}, 'parameter-length'],
    ['a mean of another length', {}, { mean: tensor([1]) }, 'parameter-length'],
    ['a variance of another length', {}, { variance: tensor([1, 2, 3]) }, 'parameter-length'],
    ['a gamma of another length', {}, { gamma: tensor([1]) }, 'parameter-length'],
    ['a beta of another length', {}, { beta: tensor([]) }, 'parameter-length'],
    ['a misspelt epsilon', {}, { eps: 1e-3 } as never, 'unknown-argument'],
    ['an argument that a layer does not have', { strides: 2 } as never, {}, 'unknown-argument'],
    ['a variance below -epsilon', {}, { variance: tensor([1, -1]) }, 'variance'],
    ['a negative epsilon', {}, { epsilon: -1 }, 'epsilon'],
    ['an infinite epsilon', {}, { epsilon: Infinity }, 'epsilon'],
    ['a weight that is no tensor', { weight: [1, 2] as never }, {}, 'dtype'],
  ])('%s', (_, badLayer, badNorm, code) => {
    for (const fold of [foldIntoPreceding, foldIntoFollowing]) {
      const run = () => fold({ ...layer, ...badLayer }, { ...its, ...badNorm });
      expect(run).toThrow(NormError);
      expect(run).toThrow(expect.objectContaining({ code }));
    }
  });
});
