import { NormError } from '@normlayers/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { useNormLayers } from '../src/layers';
import { BACKENDS, tf } from './backends';

type Tensor = ReturnType<typeof tf.zeros>;

const layers = useNormLayers(tf);

function numbers(tensor: unknown): number[] {
  return [...(tensor as Tensor).dataSync()];
}

function near(actual: readonly number[], expected: readonly number[], digits = 5): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, one] of expected.entries()) expect(actual[i]).toBeCloseTo(one, digits);
}

async function savedAndLoaded(model: { save(handler: object): Promise<unknown> }) {
  let saved: unknown;
  const keep = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(keep);
  return { loaded: await tf.loadLayersModel(tf.io.fromMemory(saved as never)), saved: saved as SavedModel };
}

interface SavedModel {
  readonly weightSpecs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

describe.each(BACKENDS)('on %s', (backend) => {
  beforeEach(async () => void (await tf.setBackend(backend)));

  test('Group Norm: each group of channels over all positions', () => {
    // Group 0 holds 1, 3, 5, 7 (mean 4, variance 5); group 1 holds 10, 10, 30, 30 (mean 20, variance 100).
    const x = tf.tensor3d([1, 3, 10, 10, 5, 7, 30, 30], [1, 2, 4]);
    const layer = layers.groupNormalization({ groups: 2, epsilon: 4 });
    layer.apply(x);
    layer.setWeights([tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([0, 1, 0, -1])]);
    const r = Math.sqrt(104);
    near(numbers(layer.apply(x)), [-1, -2 / 3 + 1, -30 / r, -40 / r - 1, 1 / 3, 2 + 1, 30 / r, 40 / r - 1]);
  });

  test.each([
    ['first', 1],
    ['in the middle', 2],
    ['last, counted from the front', 3],
  ])('Group Norm with the channels %s says what it says with the channels last', (_, axis) => {
    const x = tf.randomNormal([2, 3, 5, 4], 0, 1, 'float32', 4);
    const order = [0, 1, 2].toSpliced(axis, 0, 3);
    const back = [0, 1, 2, 3].map((one) => order.indexOf(one));
    const last = layers.groupNormalization({ groups: 2 }).apply(x) as Tensor;
    const other = layers.groupNormalization({ groups: 2, axis }).apply(x.transpose(order)) as Tensor;
    near(numbers(other.transpose(back)), numbers(last));
  });

  test('Instance Norm: each channel of each sample', () => {
    const x = tf.tensor3d([1, 10, 3, 30, 5, 0, 7, 0], [2, 2, 2]);
    near(numbers(layers.instanceNormalization({ epsilon: 0 }).apply(x)), [-1, -1, 1, 1, -1, 0, 1, 0]);
  });

  test('RMS Norm, its epsilon by default 1e-6, over one axis and over two', () => {
    const x = tf.tensor2d([
      [3, 4],
      [1e-3, 1e-3],
    ]);
    const small = 1e-3 / Math.sqrt(2e-6);
    near(numbers(layers.rmsNormalization().apply(x)), [
      3 / Math.sqrt(12.5),
      4 / Math.sqrt(12.5),
      small,
      small,
    ]);
    const both = layers.rmsNormalization({ axis: [-1, 1], epsilon: 0 });
    const y = both.apply(tf.tensor3d([1, 1, 1, 7], [1, 2, 2]));
    near(
      numbers(y),
      [1, 1, 1, 7].map((one) => one / Math.sqrt(13)),
    );
    expect(both.weights.map(({ name, shape }) => [name.split('/').at(-1), shape])).toEqual([
      ['scale', [2, 2]],
    ]);
  });

  test('Batch Norm trains without gamma or beta, and where it is not trainable computes inference', () => {
    const x = tf.tensor2d([
      [1, 10],
      [3, 30],
    ]);
    const layer = layers.batchNormalization({ scale: false, center: false, epsilon: 0, momentum: 0.5 });
    near(numbers(layer.apply(x, { training: true })), [-1, -1, 1, 1]);
    // Biased variance: 1 and 100.
    near(layer.getWeights().flatMap(numbers), [1, 10, 1, 50.5]);
    layer.trainable = false;
    near(numbers(layer.apply(x, { training: true })), [0, 0, 2, 20 / Math.sqrt(50.5)]);
    near(layer.getWeights().flatMap(numbers), [1, 10, 1, 50.5]);
  });

  test('Batch Norm takes the mask of a layer before it into its statistics', () => {
    const masked = tf.layers.masking({ maskValue: 0, inputShape: [3, 1] });
    const layer = layers.batchNormalization({ epsilon: 0, momentum: 0 });
    const model = tf.sequential({ layers: [masked, layer] });
    // Of 4, 8 and two that are masked: mean 6, variance 4.
    const x = tf.tensor3d([4, 0, 8, 0, 4, 8], [2, 3, 1]);
    const y = model.apply(x, { training: true }) as Tensor;
    near(numbers(y), [-1, -3, 1, -3, -1, 1]);
    near(layer.getWeights().slice(2).flatMap(numbers), [6, 4]);
  });

  test('gradients are those of the definition in TensorFlow.js’s own operations', () => {
    const x = tf.randomNormal([2, 3, 4], 1, 2, 'float32', 5);
    const dy = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 6);
    const layer = layers.groupNormalization({ groups: 2 });
    layer.apply(x);
    const [gamma, beta] = [
      tf.randomNormal([4], 1, 1, 'float32', 7),
      tf.randomNormal([4], 0, 1, 'float32', 8),
    ];
    layer.setWeights([gamma, beta]);
    const weights = layer.trainableWeights.map((weight) => weight.read());
    const loss = (x: Tensor) => tf.sum(tf.mul(layer.apply(x) as Tensor, dy));
    const { grads } = tf.variableGrads(() => loss(x).asScalar(), weights as never);
    const definition = (x: Tensor, gamma: Tensor, beta: Tensor) => {
      const grouped = tf.reshape(x, [2, 3, 2, 2]);
      const { mean, variance } = tf.moments(grouped, [1, 3], true);
      const normalized = tf.div(tf.sub(grouped, mean), tf.sqrt(tf.add(variance, 1e-3)));
      return tf.sum(tf.mul(tf.add(tf.mul(tf.reshape(normalized, [2, 3, 4]), gamma), beta), dy));
    };
    const [dx, dgamma, dbeta] = tf.grads(definition)([x, gamma, beta]) as [Tensor, Tensor, Tensor];
    near(Object.values(grads).flatMap(numbers), [...numbers(dgamma), ...numbers(dbeta)], 4);
    near(numbers(tf.grad(loss)(x)), numbers(dx), 4);
  });

  test('a model of all of them is saved, loaded and trained', async () => {
    const model = tf.sequential({
      layers: [
        layers.groupNormalization({ groups: 2, inputShape: [3, 4], gammaRegularizer: 'l1l2' }),
        layers.instanceNormalization({ betaInitializer: tf.initializers.constant({ value: 0.5 }) }),
        layers.batchNormalization({ synchronized: true, gammaConstraint: 'nonNeg' }),
        layers.rmsNormalization({ name: 'rms' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const x = tf.randomNormal([8, 3, 4], 0, 1, 'float32', 9);
    const target = tf.randomNormal([8, 1], 0, 1, 'float32', 10);
    const { loaded, saved } = await savedAndLoaded(model);
    expect(saved.weightSpecs.map(({ name }) => name)).toContain('rms/scale');
    expect(loaded.layers.map((layer) => layer.getConfig())).toEqual(
      model.layers.map((layer) => layer.getConfig()),
    );
    near(numbers(loaded.predict(x)), numbers(model.predict(x)));
    loaded.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    const before = loaded.layers[3]!.getWeights().flatMap(numbers);
    const first = Number(await loaded.trainOnBatch(x, target));
    for (let step = 0; step < 3; step++) await loaded.trainOnBatch(x, target);
    expect(Number(await loaded.trainOnBatch(x, target))).toBeLessThan(first);
    expect(loaded.layers[3]!.getWeights().flatMap(numbers)).not.toEqual(before);
  });
});

/** As Keras and TensorFlow Addons write them. */
const PARAMETERS = {
  epsilon: 0.001,
  center: true,
  scale: true,
  beta_initializer: { class_name: 'Zeros', config: {} },
  gamma_initializer: { class_name: 'Ones', config: {} },
  beta_regularizer: null,
  gamma_regularizer: null,
  beta_constraint: null,
  gamma_constraint: null,
};

test.each([
  ['GroupNormalization', { groups: 2, axis: -1, ...PARAMETERS }],
  ['Addons>GroupNormalization', { groups: 2, axis: -1, ...PARAMETERS }],
  ['Addons>InstanceNormalization', { groups: 4, axis: -1, ...PARAMETERS }],
  ['InstanceNormalization', { axis: -1, ...PARAMETERS }],
  ['RMSNormalization', { axis: [-1], epsilon: 1e-6 }],
  ['BatchNormalization', { axis: [1], momentum: 0.99, synchronized: true, renorm: false, ...PARAMETERS }],
])('a %s that Keras wrote is loaded, and saved under its name', async (className, config) => {
  await tf.setBackend('cpu');
  const name = 'norm';
  const own = { name, trainable: true, dtype: 'float32', batch_input_shape: [null, 4] };
  const modelTopology = {
    class_name: 'Sequential',
    config: { name: 'model', layers: [{ class_name: className, config: { ...own, ...config } }] },
  };
  const roles =
    className === 'RMSNormalization'
      ? ['scale']
      : ['gamma', 'beta', ...(className === 'BatchNormalization' ? ['moving_mean', 'moving_variance'] : [])];
  const weightSpecs = roles.map((role) => ({
    name: `${name}/${role}`,
    shape: [4],
    dtype: 'float32' as const,
  }));
  const weightData = Float32Array.from({ length: 4 * roles.length }, (_, i) => 1 + i).buffer;
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData } as never),
  );
  near(model.getWeights().flatMap(numbers), [...new Float32Array(weightData)]);
  const { saved } = await savedAndLoaded(model);
  expect(JSON.stringify(saved)).toContain(`"class_name":"${className}"`);
});

test('leaves nothing behind, and takes int32 for float32', async () => {
  await tf.setBackend('cpu');
  const x = tf.tensor2d([[1, 3, 10, 30]], [1, 4], 'int32');
  const all = [
    layers.groupNormalization({ groups: 2, epsilon: 0 }),
    layers.instanceNormalization(),
    layers.rmsNormalization(),
    layers.batchNormalization(),
  ];
  for (const layer of all) layer.apply(x);
  const before = tf.memory().numTensors;
  for (const layer of all) tf.dispose(layer.apply(x) as Tensor);
  expect(tf.memory().numTensors).toBe(before);
  near(numbers(all[0]!.apply(x)), [-1, 1, -1, 1]);
});

test.each<[string, () => unknown, string]>([
  [
    'groups that do not divide',
    () => layers.groupNormalization({ groups: 3 }).apply(tf.ones([1, 4])),
    'groups',
  ],
  ['more groups than channels', () => layers.groupNormalization().apply(tf.ones([1, 4])), 'groups'],
  ['no number of groups', () => layers.groupNormalization({ groups: 0 }), 'groups'],
  ['the batch axis', () => layers.groupNormalization({ axis: 0 }), 'axis'],
  ['no axis at all', () => layers.instanceNormalization({ axis: null as never }), 'axis'],
  [
    'channels of no fixed size',
    () => layers.rmsNormalization({ inputShape: [null] }).build([null, null]),
    'shape',
  ],
  ['renorm', () => layers.batchNormalization({ renorm: true as never }), 'unsupported'],
  ['another thing than TensorFlow.js', () => useNormLayers({} as never), 'missing-argument'],
  [
    'TensorFlow.js without layers',
    () => useNormLayers({ ...tf, layers: undefined } as never),
    'missing-argument',
  ],
])('refuses %s', (_, ask, code) => {
  expect(ask).toThrow(NormError);
  expect(ask).toThrow(expect.objectContaining({ code }));
});

test('the same TensorFlow.js gets the same layers', () => expect(useNormLayers(tf)).toBe(layers));
