import { tensor } from '@normlayers/core';
import { type CallForm, callOf } from './call-form';
import { type CaseSource, type ConformanceCase, conformanceCase } from './conformance-case';

type Regression = Pick<CaseSource, 'cites' | 'note'> & {
  readonly what: string;
  readonly form: CallForm;
};

const TFJS = 'https://github.com/tensorflow/tfjs/issues/';
const ONNXRUNTIME = 'https://github.com/microsoft/onnxruntime/issues/';
const PYTORCH = 'https://github.com/pytorch/pytorch/issues/';

const FLOAT32 = { dtype: 'float32', gamma: true } as const;
const FORWARD = { ...FLOAT32, beta: true } as const;

const REGRESSIONS: readonly Regression[] = [
  {
    what: 'tfjs #1106',
    cites: `${TFJS}1106`,
    note: 'inference treats channels-first input as channels-last',
    form: { ...FORWARD, op: 'batchNorm', mode: 'inference', shape: [2, 3, 4, 5], layout: 'channels-first' },
  },
  {
    // As many positions as channels, so that nothing throws when the axes are taken for each other.
    what: 'tfjs #1106, square',
    cites: `${TFJS}1106`,
    note: 'inference treats channels-first input as channels-last',
    form: { ...FORWARD, op: 'batchNorm', mode: 'inference', shape: [2, 3, 3, 3], axis: 1 },
  },
  {
    what: 'tfjs #1773',
    cites: `${TFJS}1773`,
    note: 'the gradient of channels-first Batch Norm throws ("Size(9) must match the product of shape 1,1,1,1")',
    form: { ...FLOAT32, op: 'batchNorm', mode: 'backward', shape: [2, 1, 3, 3], axis: 1 },
  },
  {
    what: 'tfjs #1773, fixed statistics',
    cites: `${TFJS}1773`,
    note: 'the gradient of channels-first Batch Norm throws',
    form: { ...FLOAT32, op: 'batchNorm', mode: 'backward', shape: [2, 3, 3, 3], axis: 1, fixed: true },
  },
  {
    what: 'tfjs #2868',
    cites: `${TFJS}2868`,
    note: 'training with scale: false throws: the missing gamma is read',
    form: {
      op: 'batchNorm',
      mode: 'training',
      dtype: 'float32',
      beta: true,
      shape: [4, 5, 3],
      layout: 'channels-last',
      running: { convention: 'keras' },
    },
  },
  {
    what: 'onnxruntime #28463',
    cites: `${ONNXRUNTIME}28463`,
    note: 'Layer Norm of [40000, 40001, 40002, 40003] is NaN',
    form: {
      ...FORWARD,
      op: 'layerNorm',
      mode: 'inference',
      shape: [2, 4],
      element: (group, place) => 40000 * (group + 1) + place,
    },
  },
  {
    what: 'onnxruntime #31626',
    cites: `${ONNXRUNTIME}31626`,
    note: 'composed in float16, (x - mean)^2 of an outlier 795 off overflows: variance Inf, output beta',
    form: {
      ...FORWARD,
      dtype: 'float16',
      op: 'layerNorm',
      mode: 'inference',
      shape: [3, 768],
      element: (_group, place, normal) => (place === 100 ? 795 : normal),
    },
  },
  {
    what: 'onnxruntime #16867',
    cites: `${ONNXRUNTIME}16867`,
    note: 'BatchNormalization with training_mode = 1 of opset 14 and later is refused',
    form: {
      ...FORWARD,
      op: 'batchNorm',
      mode: 'training',
      shape: [2, 3, 4, 4],
      running: { convention: 'onnx' },
    },
  },
  {
    what: 'onnxruntime #29790',
    cites: `${ONNXRUNTIME}29790`,
    note: 'in training y depends on the momentum of the running statistics',
    form: {
      op: 'batchNorm',
      mode: 'training',
      dtype: 'float32',
      shape: [2, 4, 3],
      running: { convention: 'onnx', momentum: 0.5 },
    },
  },
  {
    what: 'onnxruntime #21935',
    cites: `${ONNXRUNTIME}21935`,
    note: 'a constant row of 256 times 1234 gives NaN: its variance comes out negative',
    form: { ...FORWARD, op: 'layerNorm', mode: 'inference', shape: [1, 256], element: () => 1234 },
  },
  {
    what: 'pytorch #51102',
    cites: `${PYTORCH}51102`,
    note: 'Layer Norm of four features around 2000 is off by hundreds',
    form: {
      op: 'layerNorm',
      mode: 'inference',
      dtype: 'float32',
      shape: [5, 4],
      element: (_group, _place, normal) => 2000 + normal,
    },
  },
  {
    what: 'pytorch #40302',
    cites: `${PYTORCH}40302`,
    note: 'the variance of 100 + 0.01 * N(0, 1) over many features comes out 0',
    form: {
      op: 'layerNorm',
      mode: 'training',
      dtype: 'float32',
      shape: [2, 4096],
      element: (_group, _place, normal) => 100 + 0.01 * normal,
    },
  },
  {
    what: 'pytorch #41527',
    cites: `${PYTORCH}41527`,
    note: 'a float16 row of zeros is NaN: an epsilon of 1e-12 is 0 in float16',
    form: {
      ...FORWARD,
      op: 'layerNorm',
      mode: 'inference',
      dtype: 'float16',
      shape: [1, 10],
      epsilon: 1e-12,
      element: () => 0,
    },
  },
  {
    what: 'pytorch #190491',
    cites: `${PYTORCH}190491`,
    note: 'a variance of 9.8e-7 is taken for 0: -990 and 990 instead of -1 and 1',
    form: {
      op: 'layerNorm',
      mode: 'inference',
      dtype: 'float32',
      shape: [1, 4],
      epsilon: 1e-12,
      element: (_group, place) => (place < 2 ? -9.9e-4 : 9.9e-4),
    },
  },
  {
    what: 'pytorch #19902',
    cites: `${PYTORCH}19902`,
    note: 'training normalizes by the variance over n and keeps the one over n - 1; n = 2 tells them apart',
    form: {
      ...FORWARD,
      op: 'batchNorm',
      mode: 'training',
      shape: [2, 3],
      running: { convention: 'pytorch', momentum: 1 },
    },
  },
  {
    what: 'pytorch #67907',
    cites: `${PYTORCH}67907`,
    note: 'Group Norm of a constant 0.05 is not 0',
    form: {
      op: 'groupNorm',
      mode: 'inference',
      dtype: 'float32',
      shape: [1, 32, 25],
      groups: 32,
      element: () => 0.05,
    },
  },
  {
    what: 'pytorch #4534',
    cites: `${PYTORCH}4534`,
    note: 'one value per channel is refused in training; without a running variance over n - 1 it is simply beta',
    form: { ...FORWARD, op: 'batchNorm', mode: 'training', shape: [1, 5] },
  },
  {
    what: 'pytorch #162489',
    cites: `${PYTORCH}162489`,
    note: 'at 1e30 the variance overflows: all zeros on one device, NaN on the other',
    form: {
      op: 'batchNorm',
      mode: 'training',
      dtype: 'float32',
      shape: [4, 3, 5],
      element: (_group, _place, normal) => 1e30 * normal,
    },
  },
];

/** One case for each upstream issue that bears on this, so that it does not come back here. */
export function regressionCases(): ConformanceCase[] {
  return [
    ...REGRESSIONS.map(({ what, form, cites, note }) => {
      const { op, mode, dtype } = form;
      const name = `${op} ${mode} ${dtype} ${what}`;
      return conformanceCase({
        name,
        op,
        mode,
        dtype,
        tags: ['regression'],
        build: () => callOf(name, form),
        ...(cites === undefined ? {} : { cites }),
        ...(note === undefined ? {} : { note }),
      });
    }),
    momentumMustNotShow(),
  ];
}

/** onnxruntime #29790 by hand: y of [1, 3] and [2, 6] is -1 and 1 for whatever momentum. */
function momentumMustNotShow(): ConformanceCase {
  return conformanceCase({
    name: 'batchNorm training float32 onnxruntime #29790, by hand',
    op: 'batchNorm',
    mode: 'training',
    dtype: 'float32',
    cites: `${ONNXRUNTIME}29790`,
    note: 'in training y depends on the momentum of the running statistics',
    tags: ['regression'],
    expected: {
      y: { values: Float64Array.of(-1, -1, 1, 1), tolerance: { kind: 'close', rtol: 1e-6, atol: 0 } },
      runningMean: { values: Float64Array.of(0.5, 1), tolerance: { kind: 'close', rtol: 1e-6, atol: 0 } },
      runningVar: { values: Float64Array.of(1, 1.75), tolerance: { kind: 'close', rtol: 1e-6, atol: 0 } },
    },
    build: () => ({
      op: 'batchNorm',
      mode: 'training',
      x: tensor([1, 2, 3, 6], [2, 2]),
      epsilon: 0,
      runningMean: tensor([0, 0]),
      runningVar: tensor([1, 1]),
      convention: 'onnx',
      momentum: 0.75,
    }),
  });
}
