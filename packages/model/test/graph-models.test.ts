import '@tensorflow/tfjs-backend-cpu';
import { NormError } from '@normlayers/core';
import { useNormOperators } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  inspect,
  mend,
  mended,
  type TfjsArtifacts,
  tfjsArtifacts,
  tfjsFiles,
  tfjsRunner,
  verify,
} from '../src/tfjs';
import {
  BATCH_NORM,
  batchNormOf,
  CONV,
  type ConstantOf,
  constantOf,
  convolutionsWithBatchNorms,
  graphModel,
  KEEP,
  type NodeOf,
  operatorsOf,
  placeholder,
  text,
} from './graph-model-builder';

beforeAll(async () => {
  await tf.setBackend('cpu');
  await useNormOperators(tf);
});

const run = tfjsRunner(tf);

/** Mends a model and compares what both say, to 5 digits. */
async function mendedAlike(original: TfjsArtifacts, sizes: Record<string, number> = {}) {
  const { artifacts, changes, norms } = mend(original, { target: 'normlayers' });
  const { digits } = await verify({ original, mended: artifacts, run, sizes });
  expect(digits).toBeGreaterThan(5);
  // Whoever loads it knows every node and weight that is left, and no other.
  const left = new Set(artifacts.weightSpecs!.map(({ name }) => name));
  const { node } = artifacts.modelTopology as { node: { name: string; op: string }[] };
  for (const { name, op } of node) if (op === 'Const') expect(left).toContain(name);
  return { artifacts, changes, norms, left };
}

const AXES: Record<string, ConstantOf> = { axes: [[-1], [1], 'int32'], epsilon: [[1e-3], []] };
const PARAMETERS = { gamma: constantOf(4), beta: constantOf(4) };
const X = placeholder('x', -1, 3, 4);

const MOMENTS: NodeOf[] = [
  ['mean', 'Mean', ['x', 'axes'], KEEP],
  ['difference', 'SquaredDifference', ['x', 'mean']],
  ['variance', 'Mean', ['difference', 'axes'], KEEP],
  ['shifted', 'AddV2', ['variance', 'epsilon']],
  ['inverse', 'Rsqrt', ['shifted']],
];

/** As tf.nn.batch_normalization writes it: x * s + (beta - mean * s). */
const KERAS: NodeOf[] = [
  X,
  ...MOMENTS,
  ['scaled', 'Mul', ['inverse', 'gamma']],
  ['left', 'Mul', ['x', 'scaled']],
  ['right', 'Mul', ['mean', 'scaled']],
  ['rest', 'Sub', ['beta', 'right']],
  ['y', 'AddV2', ['left', 'rest']],
];

/** As Tensor2Tensor writes it. */
const CENTRED: NodeOf[] = [
  X,
  ['mean', 'Mean', ['x', 'axes'], KEEP],
  ['sub', 'Sub', ['x', 'mean']],
  ['square', 'Square', ['sub']],
  ['variance', 'Mean', ['square', 'axes'], KEEP],
  ['shifted', 'Add', ['variance', 'epsilon']],
  ['inverse', 'Rsqrt', ['shifted']],
  ['sub_1', 'Sub', ['x', 'mean']],
  ['scaled', 'Mul', ['inverse', 'gamma']],
  ['product', 'Mul', ['sub_1', 'scaled']],
  ['y', 'Add', ['product', 'beta']],
];

const RMS: NodeOf[] = [
  X,
  ['square', 'Square', ['x']],
  ['variance', 'Mean', ['square', 'axes'], KEEP],
  ['shifted', 'AddV2', ['variance', 'epsilon']],
  ['root', 'Sqrt', ['shifted']],
  ['quotient', 'RealDiv', ['x', 'root']],
  ['y', 'Mul', ['gamma', 'quotient']],
];

describe('a chain becomes one operator', () => {
  const cases: Record<string, [NodeOf[], Record<string, ConstantOf>, string]> = {
    'Layer Norm of Keras': [KERAS, { ...AXES, ...PARAMETERS }, 'NormlayersLayerNorm'],
    'Layer Norm of Tensor2Tensor': [CENTRED, { ...AXES, ...PARAMETERS }, 'NormlayersLayerNorm'],
    'RMS Norm': [RMS, { ...AXES, gamma: PARAMETERS.gamma }, 'NormlayersRmsNorm'],
  };
  test.each(Object.entries(cases))('%s', async (_, [nodes, constants, operator]) => {
    const { artifacts, norms, left } = await mendedAlike(graphModel(nodes, constants), { 'x:0': 2 });
    expect(operatorsOf(artifacts)).toEqual([operator]);
    expect([...left].sort()).toEqual(
      Object.keys(constants)
        .filter((name) => name in PARAMETERS)
        .sort(),
    );
    expect(norms).toMatchObject([{ spelling: operator, input: 'x', output: 'y', axes: [2], gamma: 'gamma' }]);
  });

  test('with a residual behind it, which stays', async () => {
    const nodes: NodeOf[] = [...KERAS, ['sum', 'AddV2', ['y', 'x']], ['z', 'Relu', ['sum']]];
    const { artifacts } = await mendedAlike(graphModel(nodes, { ...AXES, ...PARAMETERS }));
    expect(operatorsOf(artifacts)).toEqual(['NormlayersLayerNorm', 'AddV2', 'Relu']);
  });

  test('with an embedding of positions behind it, which stays', async () => {
    const nodes: NodeOf[] = [...KERAS, ['sum', 'AddV2', ['y', 'positions']]];
    const constants = { ...AXES, ...PARAMETERS, positions: constantOf(3, 4) };
    const { artifacts } = await mendedAlike(graphModel(nodes, constants));
    expect(operatorsOf(artifacts)).toEqual(['NormlayersLayerNorm', 'AddV2']);
  });

  test('Group Norm of Keras: several axes, and parameters along others', async () => {
    const nodes: NodeOf[] = [
      placeholder('image', 1, 3, 3, 4),
      ['x', 'Reshape', ['image', 'grouped']],
      ...KERAS.slice(1),
      ['z', 'Reshape', ['y', 'whole']],
    ];
    const constants: Record<string, ConstantOf> = {
      ...AXES,
      axes: [[1, 2, 4], [3], 'int32'],
      gamma: constantOf(1, 1, 1, 2, 2),
      beta: constantOf(1, 1, 1, 2, 2),
      grouped: [[1, 3, 3, 2, 2], [5], 'int32'],
      whole: [[1, 3, 3, 4], [4], 'int32'],
    };
    const { artifacts } = await mendedAlike(graphModel(nodes, constants));
    expect(operatorsOf(artifacts)).toEqual(['Reshape', 'NormlayersLayerNorm', 'Reshape']);
  });

  test('in a function', async () => {
    const inFunction = (nodes: readonly NodeOf[]): NodeOf[] =>
      nodes.map(([name, op, input, attr]) => [
        name,
        op,
        input.map((one) => (one === 'x' ? 'x' : `${one}:z:0`)),
        attr,
      ]);
    const branch = (prefix: string, nodes: readonly NodeOf[]) => ({
      nodes: inFunction(nodes).map(
        ([name, op, input, attr]): NodeOf => [
          name,
          op,
          input.map((one) => one.replace(/^(axes|epsilon|gamma|beta):z/, `${prefix}$1:output`)),
          attr,
        ],
      ),
      constants: Object.fromEntries(
        Object.entries({ ...AXES, ...PARAMETERS }).map(([name, one]) => [`${prefix}${name}`, one]),
      ),
      inputs: ['x'],
      returns: 'y:z:0',
    });
    const original = graphModel(
      [
        placeholder('x', 1, 3, 4),
        [
          'chosen',
          'StatelessIf',
          ['yes', 'x'],
          { then_branch: { func: { name: 'one' } }, else_branch: { func: { name: 'two' } } },
        ],
        ['result', 'Identity', ['chosen']],
      ],
      { yes: [[1], [], 'int32'] },
      { one: branch('one_', KERAS.slice(1)), two: branch('two_', CENTRED.slice(1)) },
    );
    const { norms } = inspect(original, { target: 'normlayers' });
    expect(norms.map(({ graph, rewrite }) => [graph, rewrite!.possible])).toEqual([
      ['function one', true],
      ['function two', true],
    ]);
    const { artifacts } = await mendedAlike(original);
    const { library } = artifacts.modelTopology as { library: { function: { nodeDef: { op: string }[] }[] } };
    for (const { nodeDef } of library.function) {
      expect(nodeDef.map(({ op }) => op)).toEqual(['Const', 'Const', 'NormlayersLayerNorm']);
    }
  });
});

describe('a chain stays', () => {
  const constants = { ...AXES, ...PARAMETERS };
  const kept: Record<string, [NodeOf[], string, Partial<TfjsArtifacts>?]> = {
    'where an inner value is used': [[...KERAS, ['other', 'Neg', ['variance']]], 'inner-value-used'],
    'where an inner value is an output': [
      [...KERAS, ['z', 'Neg', ['y']]],
      'inner-value-used',
      { signature: { outputs: { one: { name: 'z:0' }, two: { name: 'mean:0' } } } },
    ],
    'where another node waits for a part of it': [
      [...KERAS, ['other', 'Neg', ['x', '^variance']]],
      'inner-value-used',
    ],
    'where a mean drops its axis': [
      KERAS.map((node) => (node[1] === 'Mean' ? ([node[0], node[1], node[2]] as const) : node)),
      'keepdims',
    ],
    'where gamma is computed': [
      [
        ...KERAS.map(
          ([name, op, input, attr]): NodeOf => [
            name,
            op,
            input.map((one) => (one === 'gamma' ? 'g' : one)),
            attr,
          ],
        ),
        ['g', 'Mean', ['x', 'axes'], KEEP],
      ],
      'parameter-computed',
    ],
  };
  test.each(Object.entries(kept))('%s', (_, [nodes, reason, more = {}]) => {
    const original = { ...graphModel(nodes, constants), ...more };
    const { artifacts, changes, norms } = mend(original, { target: 'normlayers' });
    expect([changes, norms.map(({ rewrite }) => rewrite?.reason)]).toEqual([[], [reason]]);
    expect(artifacts).toBe(original);
  });

  test('where TensorFlow.js is to run it alone', () => {
    const original = graphModel(KERAS, constants);
    const { artifacts, norms } = mend(original);
    expect(artifacts).toBe(original);
    expect(norms).toMatchObject([
      { rewrite: { to: 'NormlayersLayerNorm', possible: false, reason: 'target' } },
    ]);
  });
});

const VALID = { ...CONV, padding: text('VALID') };
const IMAGE = placeholder('x', -1, 5, 5, 2);

describe('Batch Norm is folded into', () => {
  const [four, ofFour] = batchNormOf('bn', 4);
  const [two, ofTwo] = batchNormOf('first', 2);
  const kernel = { kernel: constantOf(3, 3, 2, 4) };
  const cases: Record<string, [NodeOf[], Record<string, ConstantOf>, string[]]> = {
    Conv2D: [
      [
        IMAGE,
        ['conv', 'Conv2D', ['x', 'kernel'], CONV],
        ['y', 'FusedBatchNormV3', ['conv', ...four], BATCH_NORM],
      ],
      { ...kernel, ...ofFour },
      ['_FusedConv2D'],
    ],
    'Conv2D with a bias, before a Relu': [
      [
        IMAGE,
        ['conv', 'Conv2D', ['x', 'kernel'], CONV],
        ['biased', 'BiasAdd', ['conv', 'bias']],
        ['bn', 'FusedBatchNorm', ['biased', ...four], BATCH_NORM],
        ['y', 'Relu6', ['bn']],
      ],
      { ...kernel, bias: constantOf(4), ...ofFour },
      ['_FusedConv2D', 'Relu6'],
    ],
    'a convolution that was fused with its bias, and a scale after it': [
      [
        IMAGE,
        [
          'conv',
          '_FusedConv2D',
          ['x', 'kernel', 'bias'],
          { ...CONV, fused_ops: { list: { s: [btoa('BiasAdd')] } }, num_args: { i: '1' } },
        ],
        ['scaled', 'Mul', ['conv', 'scale']],
        ['y', 'AddV2', ['shift', 'scaled']],
      ],
      { ...kernel, bias: constantOf(4), scale: constantOf(4), shift: constantOf(1, 1, 1, 4) },
      ['_FusedConv2D'],
    ],
    DepthwiseConv2dNative: [
      [
        IMAGE,
        ['conv', 'DepthwiseConv2dNative', ['x', 'kernel'], CONV],
        ['y', 'FusedBatchNormV2', ['conv', ...four], BATCH_NORM],
      ],
      { kernel: constantOf(3, 3, 2, 2), ...ofFour },
      ['FusedDepthwiseConv2dNative'],
    ],
    'Conv2D after it, that does not pad, and one after that': [
      [
        IMAGE,
        ['bn', 'FusedBatchNormV3', ['x', ...two], BATCH_NORM],
        ['conv', 'Conv2D', ['bn', 'kernel'], VALID],
        ['y', 'FusedBatchNormV3', ['conv', ...four], BATCH_NORM],
      ],
      { ...kernel, ...ofTwo, ...ofFour },
      ['_FusedConv2D'],
    ],
    'a convolution of one position after it, which has nothing to pad': [
      [IMAGE, ['bn', 'FusedBatchNormV3', ['x', ...two], BATCH_NORM], ['y', 'Conv2D', ['bn', 'kernel'], CONV]],
      { kernel: constantOf(1, 1, 2, 3), ...ofTwo },
      ['_FusedConv2D'],
    ],
    'MatMul, spelt as a product and a sum': [
      [
        placeholder('x', -1, 2),
        ['product', 'MatMul', ['x', 'kernel']],
        ['biased', 'BiasAdd', ['product', 'bias']],
        ['scaled', 'Mul', ['biased', 'scale']],
        ['y', 'Sub', ['scaled', 'shift']],
      ],
      { kernel: constantOf(2, 4), bias: constantOf(4), scale: constantOf(4), shift: constantOf(4) },
      ['_FusedMatMul'],
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [nodes, constants, operators]) => {
    const original = graphModel(nodes, constants);
    const { artifacts, norms, left } = await mendedAlike(original, { 'x:0': 2 });
    expect(operatorsOf(artifacts)).toEqual(operators);
    expect(norms).toEqual([]);
    expect(left.size).toBe(2);
    const handler = { load: async () => original };
    const model = await tf.loadGraphModel(mended(handler) as tf.io.IOHandler);
    expect(model.outputNodes).toEqual(['y']);
    model.dispose();
  });
});

describe('Batch Norm is not folded', () => {
  const [names, constants] = batchNormOf('bn', 4);
  const conv: NodeOf = ['conv', 'Conv2D', ['x', 'kernel'], CONV];
  const kernel = { kernel: constantOf(3, 3, 2, 4) };
  const bn = (attr: object = {}, op = 'FusedBatchNormV3'): NodeOf => [
    'y',
    op,
    ['conv', ...names],
    { ...BATCH_NORM, ...attr },
  ];
  const cases: Record<string, [NodeOf[], string, Record<string, ConstantOf>?]> = {
    'that trains': [[IMAGE, conv, bn({ is_training: { b: true } })], 'training-mode'],
    'beside another use of the convolution': [
      [IMAGE, conv, bn(), ['other', 'Neg', ['conv']]],
      'used-elsewhere',
    ],
    'of channels first': [[IMAGE, conv, bn({ data_format: text('NCHW') })], 'channel-axis'],
    'whose statistics are handed on': [[IMAGE, conv, bn(), ['other', 'Neg', ['y:1']]], 'used-elsewhere'],
    'after an activation': [
      [
        IMAGE,
        [
          'conv',
          '_FusedConv2D',
          ['x', 'kernel', 'bn/beta'],
          { ...CONV, fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } }, num_args: { i: '1' } },
        ],
        bn(),
      ],
      'no-linear-layer',
    ],
    'with no layer beside it': [[placeholder('conv', 1, 3, 3, 4), bn()], 'no-linear-layer', {}],
    'into a layer after it that pads': [
      [placeholder('conv', 1, 5, 5, 4), bn(), ['z', 'Conv2D', ['y', 'after'], CONV]],
      'padding',
      { after: constantOf(3, 3, 4, 2) },
    ],
    'into computed weights': [[IMAGE, placeholder('kernel', 3, 3, 2, 4), conv, bn()], 'weights-computed', {}],
  };
  test.each(Object.entries(cases))('%s', (_, [nodes, reason, more = kernel]) => {
    const original = graphModel(nodes, { ...constants, ...more });
    const { artifacts, changes, norms } = mend(original);
    expect([changes, norms.map(({ fold }) => fold?.reason)]).toEqual([[], [reason]]);
    expect(artifacts).toBe(original);
  });
});

test('weights that two layers share are each folded for themselves', async () => {
  const [one, ofOne] = batchNormOf('one', 4);
  const [two, ofTwo] = batchNormOf('two', 4);
  const { artifacts, left } = await mendedAlike(
    graphModel(
      [
        IMAGE,
        ['conv', 'Conv2D', ['x', 'kernel'], CONV],
        ['left', 'FusedBatchNormV3', ['conv', ...one], BATCH_NORM],
        ['conv_1', 'Conv2D', ['x', 'kernel'], CONV],
        ['right', 'FusedBatchNormV3', ['conv_1', ...two], BATCH_NORM],
        ['conv_2', 'Conv2D', ['x', 'kernel'], CONV],
      ],
      { kernel: constantOf(3, 3, 2, 4), ...ofOne, ...ofTwo },
    ),
  );
  expect(operatorsOf(artifacts)).toEqual(['_FusedConv2D', '_FusedConv2D', 'Conv2D']);
  expect(left).toContain('kernel');
});

test('a mended model is written as files, and read again', async () => {
  const original = convolutionsWithBatchNorms();
  const files = tfjsFiles(mend(original).artifacts);
  expect(Object.keys(files)).toEqual(['model.json', 'group1-shard1of1.bin']);
  const { digits } = await verify({ original, mended: tfjsArtifacts(files), run });
  expect(digits).toBeGreaterThan(5);
});

test('weights of text are passed over, and handed on', () => {
  const original = convolutionsWithBatchNorms();
  const texts = [3, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0];
  const behind = new Uint8Array(original.weightData as ArrayBuffer);
  const withTexts: TfjsArtifacts = {
    ...original,
    weightSpecs: [{ name: 'words', shape: [2], dtype: 'string' }, ...original.weightSpecs!],
    weightData: Uint8Array.from([...texts, ...behind]).buffer,
  };
  const { artifacts, changes } = mend(withTexts);
  expect(changes).toHaveLength(2);
  expect([...new Uint8Array(artifacts.weightData as ArrayBuffer, 0, texts.length)]).toEqual(texts);
  expect(() => mend({ ...withTexts, weightData: Uint8Array.from([9, 0, 0, 0]).buffer })).toThrow(NormError);
});

test('refuses what is no graph, no target, and no TensorFlow.js', async () => {
  expect(() => mend(graphModel(KERAS, AXES), { target: 'wasm' as never })).toThrow(NormError);
  expect(() => inspect(graphModel(KERAS, AXES), { target: 'webgpu' as never })).toThrow(/any, normlayers/);
  expect(() => inspect({ modelTopology: { node: 7 } })).toThrow(NormError);
  expect(() => inspect({ modelTopology: { node: [7] } })).toThrow(/node 0/);
  expect(() => tfjsRunner({} as never)).toThrow(NormError);
  const original = graphModel([placeholder('x', 1, 2), ['y', 'Unheard', ['x']]], {});
  await expect(verify({ original, mended: original, run })).rejects.toThrow(/model does not run: Unknown op/);
});
