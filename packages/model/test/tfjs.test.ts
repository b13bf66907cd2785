import '@tensorflow/tfjs-backend-cpu';
import { NormError } from '@normlayers/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { inspect, mend, mended, type TfjsArtifacts, tfjsArtifacts } from '../src/tfjs';
import { randomFrom } from './numbers';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = randomFrom(9);

/** A model with weights that are no defaults: moving statistics too. */
function randomized<M extends tf.LayersModel>(model: M): M {
  const weights = model.getWeights().map(({ shape }) => {
    const size = shape.reduce((all, one) => all * one, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => 0.3 + random()),
      shape as number[],
    );
  });
  model.setWeights(weights);
  return model;
}

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const save = async (artifacts: tf.io.ModelArtifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
  };
  await model.save(tf.io.withSaveHandler(save));
  return saved!;
}

/** Mends a model on the way, and compares what both say of the same numbers. Gives the layers left. */
async function foldedAlike(model: tf.LayersModel, shape: number[]): Promise<string[]> {
  const artifacts = await artifactsOf(randomized(model));
  const loaded = await tf.loadLayersModel(mended({ load: async () => artifacts }) as tf.io.IOHandler);
  const x = tf.tensor(
    Float32Array.from({ length: shape.reduce((all, one) => all * one, 1) }, () => random() - 0.5),
    shape,
  );
  const [before, after] = [model.predict(x), loaded.predict(x)].map((y) => (y as tf.Tensor).dataSync());
  const largest = Math.max(...before!.map(Math.abs));
  expect(after!.length).toBe(before!.length);
  for (const [i, one] of before!.entries()) expect(Math.abs(one - after![i]!)).toBeLessThan(2e-6 * largest);
  return loaded.layers.map((layer) => layer.getClassName());
}

const { layers } = tf;

describe('Batch Norm of a layers model folds into', () => {
  const input = { inputShape: [6, 6, 3] };
  const cases: Record<string, [tf.layers.Layer, number[]]> = {
    Conv2D: [
      layers.conv2d({ ...input, filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
      [2, 6, 6, 3],
    ],
    'Conv2D with a bias': [layers.conv2d({ ...input, filters: 4, kernelSize: 3 }), [2, 6, 6, 3]],
    DepthwiseConv2D: [layers.depthwiseConv2d({ ...input, depthMultiplier: 2, kernelSize: 3 }), [1, 6, 6, 3]],
    SeparableConv2D: [
      layers.separableConv2d({ ...input, filters: 4, kernelSize: 3, padding: 'same' }),
      [1, 6, 6, 3],
    ],
    Conv2DTranspose: [
      layers.conv2dTranspose({ ...input, filters: 4, kernelSize: 3, strides: 2 }),
      [1, 6, 6, 3],
    ],
    Conv1D: [layers.conv1d({ inputShape: [7, 3], filters: 4, kernelSize: 3 }), [2, 7, 3]],
    Dense: [layers.dense({ inputShape: [5], units: 4 }), [3, 5]],
  };
  test.each(Object.entries(cases))('%s', async (_, [layer, shape]) => {
    const model = tf.sequential({ layers: [layer, layers.batchNormalization(), layers.reLU()] });
    expect(await foldedAlike(model, shape)).toEqual([layer.getClassName(), 'ReLU']);
  });

  test('the layer after it, where that does not pad', async () => {
    const model = tf.sequential({
      layers: [
        layers.batchNormalization({ ...input, scale: false }),
        layers.conv2d({ filters: 2, kernelSize: 3 }),
      ],
    });
    expect(await foldedAlike(model, [1, 6, 6, 3])).toEqual(['Conv2D']);
  });

  test('a functional model with a residual and a model within', async () => {
    const x = tf.input({ shape: [6, 6, 3] });
    const conv = () => layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', useBias: false });
    const inner = tf.sequential({
      layers: [
        layers.conv2d({ ...input, filters: 3, kernelSize: 1 }),
        layers.batchNormalization({ center: false }),
      ],
    });
    const first = layers.batchNormalization().apply(conv().apply(x)) as tf.SymbolicTensor;
    const second = layers
      .batchNormalization()
      .apply(conv().apply(layers.reLU().apply(first))) as tf.SymbolicTensor;
    const sum = layers.add().apply([first, second]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: inner.apply(sum) as tf.SymbolicTensor });
    const left = await foldedAlike(model, [1, 6, 6, 3]);
    expect(left.filter((name) => name === 'BatchNormalization')).toEqual([]);
  });
});

test('what does not fold says why, and stays', async () => {
  const x = tf.input({ shape: [6, 6, 3] });
  const relu = layers
    .conv2d({ filters: 3, kernelSize: 1, activation: 'relu', name: 'relu_conv' })
    .apply(x) as tf.SymbolicTensor;
  const one = layers.batchNormalization({ name: 'after_relu' }).apply(relu) as tf.SymbolicTensor;
  const conv = layers
    .conv2d({ filters: 3, kernelSize: 1, name: 'used_twice' })
    .apply(one) as tf.SymbolicTensor;
  const two = layers.batchNormalization({ name: 'beside' }).apply(conv) as tf.SymbolicTensor;
  const sum = layers.add().apply([conv, two]) as tf.SymbolicTensor;
  const three = layers.batchNormalization({ name: 'axis_1', axis: 1 });
  const last = three.apply(
    layers
      .conv2d({ filters: 2, kernelSize: 3, padding: 'same', name: 'last' })
      .apply(sum) as tf.SymbolicTensor,
  );
  const model = randomized(tf.model({ inputs: x, outputs: last as tf.SymbolicTensor }));
  const artifacts = (await artifactsOf(model)) as TfjsArtifacts;
  const { norms, format } = inspect(artifacts);
  expect(format).toBe('tfjs-layers');
  expect(norms.map(({ output, fold }) => [output, fold!.possible, fold!.reason])).toEqual([
    // It folds into the layer after it, which does not pad.
    ['after_relu', true, undefined],
    ['beside', false, 'used-elsewhere'],
    ['axis_1', false, 'channel-axis'],
  ]);
});

test('layers that are norms are listed', async () => {
  const model = tf.sequential({
    layers: [layers.layerNormalization({ inputShape: [4], epsilon: 1e-6, axis: -1 })],
  });
  const artifacts = (await artifactsOf(model)) as TfjsArtifacts;
  expect(inspect(artifacts).norms).toMatchObject([{ op: 'layerNorm', axes: [1], epsilon: 1e-6 }]);
  expect(mend(artifacts).artifacts).toBe(artifacts);
});

test('artifacts are made from files, and what is missing is told', async () => {
  const model = randomized(
    tf.sequential({ layers: [layers.dense({ inputShape: [2], units: 2 }), layers.batchNormalization()] }),
  );
  const { weightSpecs, weightData, ...rest } = await artifactsOf(model);
  const data = new Uint8Array(weightData as ArrayBuffer);
  const json = { ...rest, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: weightSpecs }] };
  const files = {
    'model.json': new TextEncoder().encode(JSON.stringify(json)),
    'a.bin': data.slice(0, 8),
    'b.bin': data.slice(8),
  };
  expect(inspect(tfjsArtifacts(files)).norms[0]!.fold).toMatchObject({
    possible: true,
    into: expect.stringMatching(/dense/),
  });
  const { 'b.bin': _, ...some } = files;
  expect(() => tfjsArtifacts(some)).toThrow(/b\.bin/);
  expect(() => tfjsArtifacts({})).toThrow(NormError);
  expect(() => inspect({ ...tfjsArtifacts(files), weightData: new ArrayBuffer(4) })).toThrow(NormError);
  expect(() => inspect({})).toThrow(/modelTopology/);
});
