// Weights between frameworks: there and back is where one started, and nothing computes otherwise on the way.
import { batchNorm, batchNormTraining, type Convention, NormError, tensor } from '@normlayers/core';
import {
  convertWeights,
  type LayerWeights,
  layersOf,
  PARAMETER_NAMES,
  type ParameterRole,
  parameterNames,
} from '@normlayers/core/weights';
import { describe, expect, test } from 'vitest';
import { expectClose, float64, numbers } from './tensors';

const ALL: Convention[] = ['pytorch', 'keras', 'onnx', 'flax'];
const PAIRS = ALL.flatMap((from) => ALL.map((to) => [from, to] as const));
const ROLES: ParameterRole[] = ['gamma', 'beta', 'mean', 'variance'];
const VALUES = { gamma: [2, -1], beta: [0.5, 3], mean: [1, 10], variance: [4, 0.25] };

/** A layer of a framework, by its own names. */
function layer(convention: Convention, more: Partial<LayerWeights> = {}): LayerWeights {
  const names = PARAMETER_NAMES[convention];
  return { tensors: Object.fromEntries(ROLES.map((role) => [names[role], tensor(VALUES[role])])), ...more };
}

const role = (weights: Pick<LayerWeights, 'tensors'>, convention: Convention, which: ParameterRole) =>
  weights.tensors[PARAMETER_NAMES[convention][which]];

test("the names are the frameworks' own", () => {
  expect(PARAMETER_NAMES).toEqual({
    pytorch: { gamma: 'weight', beta: 'bias', mean: 'running_mean', variance: 'running_var' },
    keras: { gamma: 'gamma', beta: 'beta', mean: 'moving_mean', variance: 'moving_variance' },
    onnx: { gamma: 'scale', beta: 'B', mean: 'input_mean', variance: 'input_var' },
    flax: { gamma: 'scale', beta: 'bias', mean: 'mean', variance: 'var' },
  });
});

describe.each(PAIRS)('%s to %s', (from, to) => {
  test('and back is the same, tensor for tensor and number for number', () => {
    for (const momentum of [0, 0.1, 0.01, 0.25, 0.9, 0.99, 0.999, 1]) {
      const start = layer(from, { epsilon: 2e-4, momentum });
      const back = convertWeights(convertWeights(start, { from, to }), { from: to, to: from });
      expect([back.epsilon, back.momentum]).toEqual([2e-4, momentum]);
      expect(Object.keys(back.tensors)).toEqual(Object.keys(start.tensors));
      for (const name of Object.keys(start.tensors)) expect(back.tensors[name]).toBe(start.tensors[name]);
    }
  });

  test('and back with elementsPerStep is the same to rounding, and changes nothing given', () => {
    const start = layer(from);
    const there = convertWeights(start, { from, to, elementsPerStep: 5 });
    const back = convertWeights(there, { from: to, to: from, elementsPerStep: 5 });
    expectClose(role(back, from, 'variance')!, VALUES.variance, 1e-6);
    expect(numbers(role(start, from, 'variance'))).toEqual(VALUES.variance);
  });

  test('inference is the same before and after', () => {
    const run = (weights: LayerWeights, convention: Convention) =>
      batchNorm({
        x: tensor([1, 2, 3, 4], [2, 2]),
        gamma: role(weights, convention, 'gamma'),
        beta: role(weights, convention, 'beta'),
        mean: role(weights, convention, 'mean')!,
        variance: role(weights, convention, 'variance')!,
        epsilon: weights.epsilon,
      });
    const start = layer(from, { epsilon: { pytorch: 1e-5, keras: 1e-3, onnx: 1e-5, flax: 1e-5 }[from] });
    expect(run(convertWeights(layer(from), { from, to }), to)).toEqual(run(start, from));
  });

  test('training goes on at the same pace', () => {
    const x = float64([1, 2, 3, 4], [4, 1]);
    const statistics = { runningMean: float64([10]), runningVar: float64([1]) };
    const converted = convertWeights(layer(from, { momentum: 0.3 }), { from, to });
    const own = batchNormTraining({ x, ...statistics, convention: from, momentum: 0.3 });
    const theirs = batchNormTraining({ x, ...statistics, convention: to, momentum: converted.momentum });
    expectClose(theirs.runningMean!, own.runningMean!, 1e-15);
  });

  test('says what it changes, and only that', () => {
    const { changes } = convertWeights(layer(from), { from, to, elementsPerStep: 5 });
    const renamed = ROLES.filter((which) => PARAMETER_NAMES[from][which] !== PARAMETER_NAMES[to][which]);
    const fields = changes.map(({ field }) => field);
    expect(
      ROLES.filter((which) => changes.some(({ field, why }) => field === which && /calls it/.test(why))),
    ).toEqual(renamed);
    expect(fields.includes('epsilon')).toBe((from === 'keras') !== (to === 'keras'));
    expect(fields.includes('momentum')).toBe((from === 'pytorch') !== (to === 'pytorch'));
    expect(changes.some(({ to }) => to.startsWith('over n'))).toBe(
      (from === 'pytorch') !== (to === 'pytorch'),
    );
    if (from === to) expect(changes).toEqual([]);
  });
});

test('defaults are spelt out: those of the framework the weights come from', () => {
  expect(convertWeights(layer('keras'), { from: 'keras', to: 'pytorch' })).toMatchObject({
    epsilon: 1e-3,
    momentum: 0.01,
  });
  expect(convertWeights(layer('onnx'), { from: 'onnx', to: 'flax' })).toMatchObject({
    epsilon: 1e-5,
    momentum: 0.9,
  });
});

test('elementsPerStep: PyTorch keeps n / (n - 1) times what the others keep', () => {
  const there = convertWeights(layer('pytorch'), { from: 'pytorch', to: 'keras', elementsPerStep: 5 });
  expectClose(there.tensors.moving_variance, [3.2, 0.2], 1e-7);
  const back = convertWeights(layer('onnx'), { from: 'onnx', to: 'pytorch', elementsPerStep: 5 });
  expect(numbers(back.tensors.running_var)).toEqual([5, 0.3125]);
});

test("PyTorch's cumulative average and batch count stay with PyTorch", () => {
  const start = layer('pytorch', { momentum: null, numBatchesTracked: 7 });
  const same = convertWeights(start, { from: 'pytorch', to: 'pytorch' });
  expect([same.momentum, same.numBatchesTracked]).toEqual([null, 7]);
  const keras = convertWeights(layer('pytorch', { numBatchesTracked: 7 }), { from: 'pytorch', to: 'keras' });
  expect('numBatchesTracked' in keras).toBe(false);
});

test('a layer with fewer tensors keeps just those', () => {
  const { tensors } = convertWeights({ tensors: { weight: tensor([1]) } }, { from: 'pytorch', to: 'onnx' });
  expect(Object.keys(tensors)).toEqual(['scale']);
});

test("other operations: no momentum, and their own layer's default epsilon", () => {
  const of = (from: Convention, op: 'layerNorm' | 'groupNorm' | 'rmsNorm', epsilon?: number) =>
    convertWeights(
      {
        tensors: { [parameterNames(from, op).gamma]: tensor([1]) },
        ...(epsilon === undefined ? {} : { epsilon }),
      },
      { from, to: 'onnx', op },
    );
  expect('momentum' in of('keras', 'layerNorm')).toBe(false);
  expect(of('pytorch', 'layerNorm').epsilon).toBe(1e-5);
  expect(of('keras', 'layerNorm').epsilon).toBe(1e-3);
  expect(of('keras', 'rmsNorm').epsilon).toBe(1e-6);
  expect(of('flax', 'layerNorm').epsilon).toBe(1e-6);
  expect(of('flax', 'groupNorm').changes).toContainEqual({
    field: 'epsilon',
    from: "0.000001, flax's default",
    to: '0.000001, given',
    why: 'onnx would take 0.00001',
  });
  expect(of('pytorch', 'rmsNorm', 1e-6).epsilon).toBe(1e-6);
  expect(() => of('pytorch', 'rmsNorm')).toThrow(/^epsilon is missing/);
});

test("names by operation are those of each framework's own layer", () => {
  // keras.layers.RMSNormalization calls it scale; ONNX's LayerNormalization has Scale and B, GroupNormalization scale and bias.
  const gammas = (op: 'layerNorm' | 'rmsNorm') =>
    ALL.map((convention) => parameterNames(convention, op).gamma);
  expect(gammas('rmsNorm')).toEqual(['weight', 'scale', 'scale', 'scale']);
  expect(gammas('layerNorm')).toEqual(['weight', 'gamma', 'Scale', 'scale']);
  expect(parameterNames('onnx', 'groupNorm')).toMatchObject({ gamma: 'scale', beta: 'bias' });
  const keras = { tensors: { scale: tensor([2]) } };
  const torch = convertWeights(keras, { from: 'keras', to: 'pytorch', op: 'rmsNorm' });
  expect([Object.keys(torch.tensors), torch.epsilon]).toEqual([['weight'], 1e-6]);
});

describe('tensors as they stand in a file', () => {
  const of = (...values: number[]) => tensor(values);

  test("a plain state_dict of PyTorch, with its counter and the layer's name in front", () => {
    const state = {
      'layer1.0.bn1.weight': of(2),
      'layer1.0.bn1.bias': of(1),
      'layer1.0.bn1.running_mean': of(0),
      'layer1.0.bn1.running_var': of(4),
      'layer1.0.bn1.num_batches_tracked': of(77),
    };
    const keras = convertWeights({ tensors: state }, { from: 'pytorch', to: 'keras' });
    expect(Object.keys(keras.tensors)).toEqual(['gamma', 'beta', 'moving_mean', 'moving_variance']);
    expect(keras.tensors.gamma).toBe(state['layer1.0.bn1.weight']);
    const torch = convertWeights({ tensors: state }, { from: 'pytorch', to: 'pytorch' });
    expect(torch.numBatchesTracked).toBe(77);
  });

  test("TensorFlow's numbered outputs and Flax's collections", () => {
    const tf = { 'batch_normalization/gamma:0': of(1), 'batch_normalization/moving_mean:0': of(3) };
    const { tensors } = convertWeights({ tensors: tf }, { from: 'keras', to: 'pytorch' });
    expect(Object.keys(tensors)).toEqual(['weight', 'running_mean']);
    const flax = { 'params/bn/scale': of(1), 'batch_stats/bn/mean': of(0), 'batch_stats/bn/var': of(1) };
    expect(layersOf(flax)).toEqual([
      {
        name: 'bn',
        convention: 'flax',
        tensors: {
          scale: flax['params/bn/scale'],
          mean: flax['batch_stats/bn/mean'],
          var: flax['batch_stats/bn/var'],
        },
      },
    ]);
  });

  test('a checkpoint of several layers, with others among them', () => {
    const layers = layersOf(
      new Map([
        ['conv1.weight', of(1)],
        ['layer1.0.bn1.weight', of(1)],
        ['layer1.0.bn1.running_mean', of(2)],
        ['layer1.0.bn1.running_var', of(3)],
        ['layer1.0.bn1.num_batches_tracked', of(77)],
        ['bn2.running_mean', of(2)],
        ['bn2.running_var', of(3)],
      ]),
    );
    expect(layers.map(({ name, numBatchesTracked }) => [name, numBatchesTracked])).toEqual([
      ['layer1.0.bn1', 77],
      ['bn2', undefined],
    ]);
  });
});

test.each<[string, () => unknown, string]>([
  [
    'an option that there is not',
    () => convertWeights(layer('keras'), { from: 'keras', to: 'flax', eps: 1 } as never),
    'unknown-argument',
  ],
  [
    'an operation that there is not',
    () => convertWeights(layer('keras'), { from: 'keras', to: 'flax', op: 'nope' as never }),
    'unknown-op',
  ],
  [
    'a negative epsilon',
    () => convertWeights(layer('keras', { epsilon: -1 }), { from: 'keras', to: 'flax' }),
    'epsilon',
  ],
  [
    'a misspelt epsilon',
    () => convertWeights({ ...layer('keras'), eps: 1 } as never, { from: 'keras', to: 'flax' }),
    'unknown-argument',
  ],
  [
    'a parameter that is no tensor',
    () => convertWeights({ tensors: { gamma: [1] as never } }, { from: 'keras', to: 'flax' }),
    'dtype',
  ],
  [
    'tensors of two layers',
    () =>
      convertWeights(
        { tensors: { 'a.gamma': tensor([1]), 'b.beta': tensor([1]) } },
        { from: 'keras', to: 'flax' },
      ),
    'unknown-argument',
  ],
  ['a file without a layer', () => layersOf({ weight: tensor([1]) }), 'missing-argument'],
  [
    'an unknown framework',
    () => convertWeights(layer('keras'), { from: 'keras', to: 'caffe' as never }),
    'convention',
  ],
  [
    'a name of another framework',
    () => convertWeights(layer('keras'), { from: 'pytorch', to: 'keras' }),
    'unknown-argument',
  ],
  [
    'a cumulative average that leaves PyTorch',
    () => convertWeights(layer('pytorch', { momentum: null }), { from: 'pytorch', to: 'keras' }),
    'momentum',
  ],
  [
    'momentum above 1',
    () => convertWeights(layer('flax', { momentum: 1.1 }), { from: 'flax', to: 'onnx' }),
    'momentum',
  ],
  [
    'one element a step',
    () => convertWeights(layer('keras'), { from: 'keras', to: 'pytorch', elementsPerStep: 1 }),
    'unbiased-variance',
  ],
])('refuses %s', (_, run, code) => {
  expect(run).toThrow(NormError);
  expect(run).toThrow(expect.objectContaining({ code }));
});
