import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FastNormalization, useFastNormalization } from '../src/index';
import { BACKENDS, tf } from './backends';

type Tensor = ReturnType<typeof tf.zeros>;

let fast: FastNormalization | undefined;
afterEach(() => fast?.undo());

/** Two layers of each kind, with weights that are not what they begin as. */
function modelWithNorms() {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, kernelInitializer: seeded(1) }),
      tf.layers.batchNormalization({ gammaInitializer: seeded(2), movingMeanInitializer: seeded(3) }),
      tf.layers.flatten(),
      tf.layers.layerNormalization({
        gammaInitializer: seeded(4),
        betaInitializer: seeded(5),
        epsilon: 1e-5,
      }),
      tf.layers.dense({ units: 3, kernelInitializer: seeded(6) }),
    ],
  });
  return model;
}

function seeded(seed: number) {
  return tf.initializers.randomNormal({ mean: 1, stddev: 0.3, seed });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));
}

describe.each(BACKENDS)('on %s', (backend) => {
  beforeEach(async () => void (await tf.setBackend(backend)));

  test('a model made before, and the same model saved and loaded, predict what they did', async () => {
    const model = modelWithNorms();
    const x = tf.randomNormal([5, 6, 6, 2], 0, 1, 'float32', 7);
    const before = (model.predict(x) as ReturnType<typeof tf.zeros>).dataSync();
    fast = await useFastNormalization(tf);
    let saved: unknown;
    const keep = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(keep);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved as never));
    const tensors = tf.memory().numTensors;
    for (const one of [model, loaded]) {
      const y = one.predict(x) as ReturnType<typeof tf.zeros>;
      expect(largestDifference(y.dataSync(), before)).toBeLessThan(1e-6 * Math.max(...before.map(Math.abs)));
      y.dispose();
    }
    expect(tf.memory().numTensors).toBe(tensors);
    loaded.dispose();
    model.dispose();
    x.dispose();
  });

  test('trains as before: the same weights and moving statistics after three steps', async () => {
    const weightsAfterSteps = async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ inputShape: [5], units: 7, kernelInitializer: seeded(1) }),
          tf.layers.batchNormalization({ gammaInitializer: seeded(2) }),
          tf.layers.layerNormalization({ gammaInitializer: seeded(3) }),
          tf.layers.dense({ units: 3, kernelInitializer: seeded(4) }),
        ],
      });
      model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      const x = tf.randomNormal([16, 5], 0, 1, 'float32', 8);
      const target = tf.randomNormal([16, 3], 0, 1, 'float32', 9);
      for (let step = 0; step < 3; step++) await model.trainOnBatch(x, target);
      const weights = model.getWeights().map((weight) => weight.dataSync());
      tf.dispose([x, target]);
      model.dispose();
      return weights;
    };
    const own = await weightsAfterSteps();
    fast = await useFastNormalization(tf);
    const ours = await weightsAfterSteps();
    expect(ours.length).toBe(own.length);
    ours.forEach((weight, i) => {
      expect(largestDifference(weight, own[i] as Float32Array), `weight ${i}`).toBeLessThan(2e-5);
    });
  });

  test('is right where TensorFlow.js is not: channels-first, and training without gamma', async () => {
    fast = await useFastNormalization(tf);
    const x = tf.tensor4d([1, 3, 10, 30], [1, 2, 1, 2]);
    const first = tf.layers.batchNormalization({ axis: 1, scale: false, epsilon: 0, momentum: 0 });
    const y = first.apply(x, { training: true }) as ReturnType<typeof tf.zeros>;
    expect([...y.dataSync()]).toEqual([-1, 1, -1, 1]);
    // momentum 0: the moving statistics are the batch's, by hand 2 and 20, 1 and 100.
    const [, mean, variance] = first.getWeights().map((weight) => [...weight.dataSync()]);
    expect(mean).toEqual([2, 20]);
    expect(variance).toEqual([1, 100]);
    const inference = first.apply(x) as ReturnType<typeof tf.zeros>;
    expect([...inference.dataSync()]).toEqual([-1, 1, -1, 1]);
    tf.dispose([x, y, inference]);
    first.dispose();
  });

  test('training is whatever is truthy, as TensorFlow.js takes it', async () => {
    fast = await useFastNormalization(tf);
    const layer = tf.layers.batchNormalization();
    const y = tf.tidy(() =>
      (layer.apply(tf.tensor2d([[0], [2]]), { training: 1 as never }) as Tensor).dataSync(),
    );
    // (0 - 1) / sqrt(1 + 0.001)
    expect([...y].map((value) => value.toFixed(4))).toEqual(['-0.9995', '0.9995']);
    layer.dispose();
  });

  test('gamma of Layer Norm over axes out of order is read row by row, as Keras and TensorFlow.js read it', async () => {
    fast = await useFastNormalization(tf);
    const gamma = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const layer = tf.layers.layerNormalization({ axis: [2, 1], epsilon: 0, center: false });
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    layer.build(x.shape);
    layer.setWeights([gamma]);
    const y = layer.apply(x) as Tensor;
    const expected = [-1.4639, -1.7566, -0.8783, 1.1711, 4.3916, 8.7831];
    expect([...y.dataSync()].map((value) => Number(value.toFixed(4)))).toEqual(expected);
    tf.dispose([gamma, x, y]);
  });

  test('what is slower than TensorFlow.js is left to it, and what TensorFlow.js gets wrong is not', async () => {
    const own = tf.getKernel('FusedBatchNorm', backend) as { kernelFunc(params: unknown): unknown };
    let asked = 0;
    tf.unregisterKernel('FusedBatchNorm', backend);
    tf.registerKernel({
      ...own,
      kernelFunc: (params: unknown) => {
        asked++;
        return own.kernelFunc(params);
      },
    } as never);
    fast = await useFastNormalization(tf);
    const small = tf.tensor4d([1, 2, 3, 4], [1, 2, 1, 2]);
    const large = tf.ones([1, 128, 128, 2]);
    const last = tf.layers.batchNormalization({ epsilon: 0 });
    const first = tf.layers.batchNormalization({ axis: 1, epsilon: 0 });
    try {
      tf.tidy(() => void last.apply(small));
      expect(asked).toBe(1);
      tf.tidy(() => void last.apply(large));
      const theirs = backend === 'cpu' ? 2 : 1;
      expect(asked).toBe(theirs);
      tf.tidy(() => void first.apply(small));
      expect(asked).toBe(theirs);
    } finally {
      fast.undo();
      tf.unregisterKernel('FusedBatchNorm', backend);
      tf.registerKernel(own as never);
      tf.dispose([small, large]);
    }
  });

  test("a graph model's FusedBatchNorm node is right, on our kernel or theirs", async () => {
    const model = await tf.loadGraphModel(tf.io.fromMemory(graphWithBatchNorm()));
    const x = tf.tensor4d([10_001, 3, 10_003, 7], [1, 2, 1, 2]);
    fast = await useFastNormalization(tf);
    const y = model.predict(x) as ReturnType<typeof tf.zeros>;
    // (x - mean) / sqrt(variance + epsilon) * gamma + beta, with mean 1e4 and 5, variance 0 and 3, epsilon 1.
    expect([...y.dataSync()]).toEqual([2, -1, 6, 3]);
    tf.dispose([x, y]);
    model.dispose();
  });

  test('undo puts TensorFlow.js back; used twice it is used once', async () => {
    const own = tf.getKernel('FusedBatchNorm', backend);
    const shared = Object.getPrototypeOf(tf.layers.layerNormalization({})) as { call: unknown };
    const ownCall = shared.call;
    fast = await useFastNormalization(tf);
    expect(await useFastNormalization(tf)).toBe(fast);
    expect(shared.call).not.toBe(ownCall);
    expect(tf.getKernel('FusedBatchNorm', backend)).not.toBe(own);
    fast.undo();
    fast.undo();
    expect(shared.call).toBe(ownCall);
    expect(tf.getKernel('FusedBatchNorm', backend)?.kernelFunc).toBe(own?.kernelFunc);
  });

  test('tf.batchNorm of statistics of another shape stays as it is', async () => {
    fast = await useFastNormalization(tf);
    const x = tf.tensor4d([1, 3, 10, 30], [1, 2, 1, 2]);
    const y = tf.batchNorm(x, tf.mul(x, 1), tf.onesLike(x));
    expect([...y.dataSync()]).toEqual([0, 0, 0, 0]);
    tf.dispose([x, y]);
  });
});

/**
 * x through one FusedBatchNormV3 with two channels: gamma 2, beta 0 and 1; mean 1e4 and 5; variance 0 and 3;
 * epsilon 1.
 */
function graphWithBatchNorm() {
  const names = ['gamma', 'beta', 'mean', 'variance'];
  const values = [
    [2, 2],
    [0, 1],
    [1e4, 5],
    [0, 3],
  ];
  const constant = (name: string) => ({
    name,
    op: 'Const',
    attr: {
      dtype: { type: 'DT_FLOAT' },
      value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }] } } },
    },
  });
  return {
    modelTopology: {
      node: [
        {
          name: 'x',
          op: 'Placeholder',
          attr: {
            dtype: { type: 'DT_FLOAT' },
            shape: { shape: { dim: [1, 2, 1, 2].map((size) => ({ size: `${size}` })) } },
          },
        },
        ...names.map(constant),
        {
          name: 'y',
          op: 'FusedBatchNormV3',
          input: ['x', ...names],
          attr: {
            T: { type: 'DT_FLOAT' },
            U: { type: 'DT_FLOAT' },
            epsilon: { f: 1 },
            is_training: { b: false },
            data_format: { s: 'TkhXQw==' },
          },
        },
      ],
      versions: { producer: 1, minConsumer: 1 },
    },
    weightSpecs: names.map((name) => ({ name, shape: [2], dtype: 'float32' as const })),
    weightData: new Float32Array(values.flat()).buffer,
  };
}
