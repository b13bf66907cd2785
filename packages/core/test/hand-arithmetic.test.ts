// Every operation in every mode against numbers worked out by hand from the papers' equations.
//
// The row [1, 2, 3, 4] has mean 2.5 and variance (2.25 + 0.25 + 0.25 + 2.25) / 4 = 1.25. With epsilon = 2.75 the root is
// sqrt(4) = 2, so invStd = 0.5 and xhat = [-0.75, -0.25, 0.25, 0.75]. [8, 7, 6, 5] has mean 6.5 and the negated xhat.
// The mean square of [1, 2, 3, 4] is 30 / 4 = 7.5; with epsilon = 8.5 the root is 4, so invRms = 0.25.
// All numbers below are sums of few powers of two, so the same answers are exact in float64, float32 and float16.
//
// Backward is dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) with dxhat = gamma * dy
// (Ioffe and Szegedy 2015, section 3, simplified); RMS Norm has no mean(dxhat).
import type { DType, NormCall, NormResult } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { numbers, of } from './tensors';

interface HandWorked {
  readonly name: string;
  readonly call: (t: (data: number[], shape?: number[]) => ReturnType<typeof of>) => NormCall;
  readonly expected: { readonly [K in keyof NormResult]: readonly number[] };
  readonly shapes?: { readonly [K in keyof NormResult]: readonly number[] };
}

const ROWS = [1, 2, 3, 4, 8, 7, 6, 5];
const DY = [4, 0, 0, 8, 1, 2, 0, 0];
const GAMMA = [1, 2, 3, 4];
const BETA = [10, 20, 30, 40];
const EPSILON = 2.75;
const XHAT = [-0.75, -0.25, 0.25, 0.75, 0.75, 0.25, -0.25, -0.75];

const layerNorm: HandWorked[] = [
  {
    name: 'layerNorm inference, no parameters',
    call: (t) => ({ op: 'layerNorm', mode: 'inference', x: t(ROWS, [2, 4]), epsilon: EPSILON }),
    expected: { y: XHAT },
    shapes: { y: [2, 4] },
  },
  {
    name: 'layerNorm inference, gamma alone',
    call: (t) => ({
      op: 'layerNorm',
      mode: 'inference',
      x: t(ROWS, [2, 4]),
      gamma: t(GAMMA),
      epsilon: EPSILON,
    }),
    expected: { y: [-0.75, -0.5, 0.75, 3, 0.75, 0.5, -0.75, -3] },
  },
  {
    name: 'layerNorm inference, beta alone',
    call: (t) => ({
      op: 'layerNorm',
      mode: 'inference',
      x: t(ROWS, [2, 4]),
      beta: t(BETA),
      epsilon: EPSILON,
    }),
    expected: { y: [9.25, 19.75, 30.25, 40.75, 10.75, 20.25, 29.75, 39.25] },
  },
  {
    name: 'layerNorm training',
    call: (t) => ({
      op: 'layerNorm',
      mode: 'training',
      x: t(ROWS, [2, 4]),
      gamma: t(GAMMA),
      beta: t(BETA),
      epsilon: EPSILON,
    }),
    expected: { y: [9.25, 19.5, 30.75, 43, 10.75, 20.5, 29.25, 37], mean: [2.5, 6.5], invStd: [0.5, 0.5] },
    shapes: { mean: [2, 1], invStd: [2, 1] },
  },
  {
    // Row 1: dxhat = [4, 0, 0, 32], mean 9, mean(dxhat xhat) = (-3 + 24) / 4 = 5.25.
    // Row 2: dxhat = [1, 4, 0, 0], mean 1.25, mean(dxhat xhat) = (0.75 + 1) / 4 = 0.4375.
    name: 'layerNorm backward',
    call: (t) => ({
      op: 'layerNorm',
      mode: 'backward',
      x: t(ROWS, [2, 4]),
      dy: t(DY, [2, 4]),
      gamma: t(GAMMA),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [-0.53125, -3.84375, -5.15625, 9.53125, -0.2890625, 1.3203125, -0.5703125, -0.4609375],
      dgamma: [-3 + 0.75, 0.5, 0, 6],
      dbeta: [5, 2, 0, 8],
    },
    shapes: { dx: [2, 4], dgamma: [4], dbeta: [4] },
  },
  {
    // Row 1: dxhat = dy, mean 3, mean(dy xhat) = (-3 + 6) / 4 = 0.75. Row 2: mean 0.75, mean(dy xhat) = 0.3125.
    name: 'layerNorm backward, no gamma',
    call: (t) => ({
      op: 'layerNorm',
      mode: 'backward',
      x: t(ROWS, [2, 4]),
      dy: t(DY, [2, 4]),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [0.78125, -1.40625, -1.59375, 2.21875, 0.0078125, 0.5859375, -0.3359375, -0.2578125],
      dgamma: [-2.25, 0.5, 0, 6],
      dbeta: [5, 2, 0, 8],
    },
  },
];

const RMS_ROWS = [1, 2, 3, 4, 4, 3, 2, 1];
const rmsNorm: HandWorked[] = [
  {
    name: 'rmsNorm inference, no gamma',
    call: (t) => ({ op: 'rmsNorm', mode: 'inference', x: t(RMS_ROWS, [2, 4]), epsilon: 8.5 }),
    expected: { y: [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25] },
  },
  {
    name: 'rmsNorm training',
    call: (t) => ({ op: 'rmsNorm', mode: 'training', x: t(RMS_ROWS, [2, 4]), gamma: t(GAMMA), epsilon: 8.5 }),
    expected: { y: [0.25, 1, 2.25, 4, 1, 1.5, 1.5, 1], invRms: [0.25, 0.25] },
    shapes: { invRms: [2, 1] },
  },
  {
    // Row 1: dxhat = [4, 0, 0, 32], mean(dxhat xhat) = (1 + 32) / 4 = 8.25.
    // Row 2: dxhat = [1, 4, 0, 0], mean(dxhat xhat) = (1 + 3) / 4 = 1.
    name: 'rmsNorm backward',
    call: (t) => ({
      op: 'rmsNorm',
      mode: 'backward',
      x: t(RMS_ROWS, [2, 4]),
      dy: t(DY, [2, 4]),
      gamma: t(GAMMA),
      epsilon: 8.5,
    }),
    expected: {
      dx: [0.484375, -1.03125, -1.546875, 5.9375, 0, 0.8125, -0.125, -0.0625],
      dgamma: [2, 1.5, 0, 8],
    },
  },
  {
    // Row 1: mean(dy xhat) = (1 + 8) / 4 = 2.25. Row 2: (1 + 1.5) / 4 = 0.625.
    name: 'rmsNorm backward, no gamma',
    call: (t) => ({
      op: 'rmsNorm',
      mode: 'backward',
      x: t(RMS_ROWS, [2, 4]),
      dy: t(DY, [2, 4]),
      epsilon: 8.5,
    }),
    expected: {
      dx: [0.859375, -0.28125, -0.421875, 1.4375, 0.09375, 0.3828125, -0.078125, -0.0390625],
      dgamma: [2, 1.5, 0, 8],
    },
  },
];

// [N = 2, C = 2, positions = 2]: channel 0 is [1, 2], [3, 4] and channel 1 is [8, 7], [6, 5].
const IMAGE = [1, 2, 8, 7, 3, 4, 6, 5];
const IMAGE_DY = [4, 0, 1, 2, 0, 8, 0, 0];
const batchNorm: HandWorked[] = [
  {
    name: 'batchNorm training, no parameters',
    call: (t) => ({ op: 'batchNorm', mode: 'training', x: t(IMAGE, [2, 2, 2]), epsilon: EPSILON }),
    expected: {
      y: [-0.75, -0.25, 0.75, 0.25, 0.25, 0.75, -0.25, -0.75],
      mean: [2.5, 6.5],
      invStd: [0.5, 0.5],
    },
    shapes: { y: [2, 2, 2], mean: [2], invStd: [2] },
  },
  {
    name: 'batchNorm training, gamma and beta',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'training',
      x: t(IMAGE, [2, 2, 2]),
      gamma: t([2, 4]),
      beta: t([10, 20]),
      epsilon: EPSILON,
    }),
    expected: { y: [8.5, 9.5, 23, 21, 10.5, 11.5, 19, 17], mean: [2.5, 6.5], invStd: [0.5, 0.5] },
  },
  // Given mean [2, 6] and variance [1.25, 13.25]: the roots are 2 and 4, xhat is [-0.5, 0, 0.5, 1] and [0.5, 0.25, 0, -0.25].
  {
    name: 'batchNorm inference, no parameters',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'inference',
      x: t(IMAGE, [2, 2, 2]),
      mean: t([2, 6]),
      variance: t([1.25, 13.25]),
      epsilon: EPSILON,
    }),
    expected: { y: [-0.5, 0, 0.5, 0.25, 0.5, 1, 0, -0.25] },
  },
  {
    name: 'batchNorm inference, gamma alone',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'inference',
      x: t(IMAGE, [2, 2, 2]),
      mean: t([2, 6]),
      variance: t([1.25, 13.25]),
      gamma: t([2, 4]),
      epsilon: EPSILON,
    }),
    expected: { y: [-1, 0, 2, 1, 1, 2, 0, -1] },
  },
  {
    name: 'batchNorm inference, beta alone',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'inference',
      x: t(IMAGE, [2, 2, 2]),
      mean: t([2, 6]),
      variance: t([1.25, 13.25]),
      beta: t([10, 20]),
      epsilon: EPSILON,
    }),
    expected: { y: [9.5, 10, 20.5, 20.25, 10.5, 11, 20, 19.75] },
  },
  {
    // gamma times the row gradients above: channel 0 has dy [4, 0, 0, 8], channel 1 [1, 2, 0, 0].
    name: 'batchNorm backward, through the statistics',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'backward',
      x: t(IMAGE, [2, 2, 2]),
      dy: t(IMAGE_DY, [2, 2, 2]),
      gamma: t([2, 4]),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [1.5625, -2.8125, 0.03125, 2.34375, -3.1875, 4.4375, -1.34375, -1.03125],
      dgamma: [3, 1.25],
      dbeta: [12, 3],
    },
  },
  {
    // dx = gamma * invStd * dy with factors 6 * 0.5 and 4 * 0.25; dgamma = sum(dy xhat) = [-2 + 8, 0.5 + 0.5];
    // dmean = -gamma * invStd * dbeta; dvariance = -gamma * invStd^3 / 2 * sum(dy (x - mean)).
    name: 'batchNorm backward, fixed statistics',
    call: (t) => ({
      op: 'batchNorm',
      mode: 'backward',
      x: t(IMAGE, [2, 2, 2]),
      dy: t(IMAGE_DY, [2, 2, 2]),
      mean: t([2, 6]),
      variance: t([1.25, 13.25]),
      gamma: t([6, 4]),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [12, 0, 1, 2, 0, 24, 0, 0],
      dgamma: [6, 1],
      dbeta: [12, 3],
      dmean: [-36, -3],
      dvariance: [-4.5, -0.125],
    },
  },
];

// [N = 2, C = 2, positions = 4]
const INSTANCES = [1, 2, 3, 4, 8, 7, 6, 5, 5, 6, 7, 8, 4, 3, 2, 1];
const instanceNorm: HandWorked[] = [
  {
    name: 'instanceNorm inference, no parameters',
    call: (t) => ({ op: 'instanceNorm', mode: 'inference', x: t(INSTANCES, [2, 2, 4]), epsilon: EPSILON }),
    expected: { y: [...XHAT, ...XHAT] },
  },
  {
    name: 'instanceNorm inference, gamma alone',
    call: (t) => ({
      op: 'instanceNorm',
      mode: 'inference',
      x: t(INSTANCES, [2, 2, 4]),
      gamma: t([2, 4]),
      epsilon: EPSILON,
    }),
    expected: { y: [-1.5, -0.5, 0.5, 1.5, 3, 1, -1, -3, -1.5, -0.5, 0.5, 1.5, 3, 1, -1, -3] },
  },
  {
    name: 'instanceNorm inference, beta alone',
    call: (t) => ({
      op: 'instanceNorm',
      mode: 'inference',
      x: t(INSTANCES, [2, 2, 4]),
      beta: t([1, 2]),
      epsilon: EPSILON,
    }),
    expected: {
      y: [0.25, 0.75, 1.25, 1.75, 2.75, 2.25, 1.75, 1.25, 0.25, 0.75, 1.25, 1.75, 2.75, 2.25, 1.75, 1.25],
    },
  },
  {
    name: 'instanceNorm training',
    call: (t) => ({
      op: 'instanceNorm',
      mode: 'training',
      x: t(INSTANCES, [2, 2, 4]),
      gamma: t([2, 4]),
      beta: t([10, 20]),
      epsilon: EPSILON,
    }),
    expected: {
      y: [8.5, 9.5, 10.5, 11.5, 23, 21, 19, 17, 8.5, 9.5, 10.5, 11.5, 23, 21, 19, 17],
      mean: [2.5, 6.5, 6.5, 2.5],
      invStd: [0.5, 0.5, 0.5, 0.5],
    },
    shapes: { mean: [2, 2], invStd: [2, 2] },
  },
  {
    // The last instance: dxhat = [0, 0, 0, 16], mean 4, mean(dxhat xhat) = -12 / 4 = -3.
    name: 'instanceNorm backward',
    call: (t) => ({
      op: 'instanceNorm',
      mode: 'backward',
      x: t(INSTANCES, [2, 2, 4]),
      dy: t([...DY, 0, 0, 0, 0, 0, 0, 0, 4], [2, 2, 4]),
      gamma: t([2, 4]),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [
        ...[1.5625, -2.8125, -3.1875, 4.4375],
        ...[0.03125, 2.34375, -1.34375, -1.03125],
        ...[0, 0, 0, 0],
        ...[-0.875, -1.625, -2.375, 4.875],
      ],
      dgamma: [3, 1.25 - 3],
      dbeta: [12, 3 + 4],
    },
  },
];

// [N = 1, C = 4, positions = 2] in two groups: [1, 2, 3, 4] and [8, 7, 6, 5].
const groupNorm: HandWorked[] = [
  {
    name: 'groupNorm inference, no parameters',
    call: (t) => ({ op: 'groupNorm', mode: 'inference', groups: 2, x: t(ROWS, [1, 4, 2]), epsilon: EPSILON }),
    expected: { y: XHAT },
  },
  {
    name: 'groupNorm inference, gamma alone: one per channel',
    call: (t) => ({
      op: 'groupNorm',
      mode: 'inference',
      groups: 2,
      x: t(ROWS, [1, 4, 2]),
      gamma: t(GAMMA),
      epsilon: EPSILON,
    }),
    expected: { y: [-0.75, -0.25, 0.5, 1.5, 2.25, 0.75, -1, -3] },
  },
  {
    name: 'groupNorm inference, beta alone',
    call: (t) => ({
      op: 'groupNorm',
      mode: 'inference',
      groups: 2,
      x: t(ROWS, [1, 4, 2]),
      beta: t(BETA),
      epsilon: EPSILON,
    }),
    expected: { y: [9.25, 9.75, 20.25, 20.75, 30.75, 30.25, 39.75, 39.25] },
  },
  {
    name: 'groupNorm training',
    call: (t) => ({
      op: 'groupNorm',
      mode: 'training',
      groups: 2,
      x: t(ROWS, [1, 4, 2]),
      gamma: t(GAMMA),
      beta: t(BETA),
      epsilon: EPSILON,
    }),
    expected: { y: [9.25, 9.75, 20.5, 21.5, 32.25, 30.75, 39, 37], mean: [2.5, 6.5], invStd: [0.5, 0.5] },
    shapes: { mean: [1, 2], invStd: [1, 2] },
  },
  {
    // Group 1: dxhat = [4, 0, 0, 16], mean 5, mean(dxhat xhat) = (-3 + 12) / 4 = 2.25. Group 2: 3 times that of [1, 2, 0, 0].
    name: 'groupNorm backward',
    call: (t) => ({
      op: 'groupNorm',
      mode: 'backward',
      groups: 2,
      x: t(ROWS, [1, 4, 2]),
      dy: t(DY, [1, 4, 2]),
      gamma: t(GAMMA),
      epsilon: EPSILON,
    }),
    expected: {
      dx: [0.34375, -2.21875, -2.78125, 4.65625, 0.0234375, 1.7578125, -1.0078125, -0.7734375],
      dgamma: [-3, 6, 1.25, 0],
      dbeta: [4, 8, 3, 0],
    },
  },
];

const ALL = [...layerNorm, ...rmsNorm, ...batchNorm, ...instanceNorm, ...groupNorm];

for (const dtype of ['float64', 'float32', 'float16'] as DType[]) {
  for (const { name, call, expected, shapes } of ALL) {
    test(`${name}, ${dtype}`, () => {
      const result = compute(call((data, shape) => of(dtype, data, shape))) as NormResult;
      expect(Object.keys(result).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, values] of Object.entries(expected)) {
        const tensor = result[output as keyof NormResult]!;
        expect([output, numbers(tensor)]).toEqual([output, values]);
        const wide = dtype === 'float16' && ['mean', 'invStd', 'invRms'].includes(output);
        expect([output, tensor.dtype]).toEqual([output, wide ? 'float32' : dtype]);
      }
      for (const [output, shape] of Object.entries(shapes ?? {})) {
        expect([output, result[output as keyof NormResult]!.shape]).toEqual([output, shape]);
      }
    });
  }
}
