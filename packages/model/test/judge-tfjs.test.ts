import '@tensorflow/tfjs-backend-cpu';
import { useNormOperators } from '@normlayers/tfjs';
import { useNormLayers } from '@normlayers/tfjs/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { judgeModel, type ModelTensors, mend, type TfjsArtifacts, tfjsRunner } from '../src/tfjs';
import {
  BATCH_NORM,
  batchNormOf,
  CONV,
  constantOf,
  graphModel,
  KEEP,
  type NodeOf,
  placeholder,
} from './graph-model-builder';

beforeAll(async () => {
  await tf.setBackend('cpu');
  await useNormOperators(tf);
});

const providers = { cpu: tfjsRunner(tf) };

async function artifactsOf(model: tf.LayersModel): Promise<TfjsArtifacts> {
  let saved: TfjsArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts as TfjsArtifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved;
}

/** A convolution with a Batch Norm, and a Layer Norm by E[x^2] - E[x]^2 on what comes of it, far from zero. */
function uncentred(): TfjsArtifacts {
  const [names, constants] = batchNormOf('bn', 4);
  const nodes: NodeOf[] = [
    placeholder('x', 1, 5, 5, 2),
    ['conv', 'Conv2D', ['x', 'kernel'], CONV],
    ['bn', 'FusedBatchNormV3', ['conv', ...names], BATCH_NORM],
    ['far', 'AddV2', ['bn', 'offset']],
    ['mean', 'Mean', ['far', 'axes'], KEEP],
    ['square', 'Square', ['far']],
    ['mean_square', 'Mean', ['square', 'axes'], KEEP],
    ['square_mean', 'Square', ['mean']],
    ['variance', 'Sub', ['mean_square', 'square_mean']],
    ['shifted', 'AddV2', ['variance', 'epsilon']],
    ['inverse', 'Rsqrt', ['shifted']],
    ['sub', 'Sub', ['far', 'mean']],
    ['y', 'Mul', ['sub', 'inverse']],
  ];
  return graphModel(nodes, {
    kernel: constantOf(3, 3, 2, 4),
    ...constants,
    offset: [[3000], []],
    axes: [[-1], [1], 'int32'],
    epsilon: [[1e-3], []],
  });
}

test('a graph model is judged norm by norm, and its mended one', async () => {
  const original = uncentred();
  const { format, norms, drift } = await judgeModel(original, { providers });
  expect([format, drift]).toEqual(['tfjs-graph', null]);
  expect(norms.map(({ op, measured }) => [op, measured!.grades.cpu])).toEqual([
    ['batchNorm', 'accurate'],
    ['layerNorm', 'wrong'],
  ]);
  expect(norms[1]!.measured!.kappa).toBeGreaterThan(500);
  const { artifacts } = mend(original, { target: 'normlayers', fold: false });
  const again = await judgeModel(artifacts, { providers });
  expect(again.norms.map(({ op, measured }) => [op, measured!.grades.cpu])).toEqual([
    ['batchNorm', 'accurate'],
    ['layerNorm', 'accurate'],
  ]);
});

test.each(['sequential', 'functional'])('a %s model of layers is judged norm by norm', async (kind) => {
  const own = useNormLayers(tf);
  const inner = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [4] }),
      tf.layers.layerNormalization({ name: 'within' }),
    ],
  });
  const layers = [
    tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2] }),
    own.batchNormalization({ name: 'bn', movingMeanInitializer: 'ones' }),
    tf.layers.reLU(),
    own.groupNormalization({ groups: 2, name: 'group' }),
    own.instanceNormalization({ name: 'instance' }),
    own.rmsNormalization({ name: 'rms' }),
    tf.layers.layerNormalization({ name: 'layer', axis: [1, -1] }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 4 }),
    inner,
  ];
  const model = kind === 'sequential' ? tf.sequential({ layers }) : functional(layers);
  const { format, norms } = await judgeModel(await artifactsOf(model), { providers });
  expect(format).toBe('tfjs-layers');
  const told = norms.map(({ output, measured, unmeasured }) => [
    output,
    measured?.grades.cpu ?? unmeasured?.reason,
  ]);
  expect(Object.fromEntries(told)).toMatchObject({
    bn: 'accurate',
    group: 'accurate',
    instance: 'accurate',
    rms: 'accurate',
  });
  // TensorFlow.js's own.
  for (const name of ['layer', 'within']) {
    expect(['accurate', 'ordinary'], name).toContain(Object.fromEntries(told)[name]);
  }
  expect(norms[0]!.measured!.digits.cpu).toBeGreaterThan(5);
});

function functional(layers: tf.layers.Layer[]): tf.LayersModel {
  const inputs = tf.input({ shape: [6, 6, 2] });
  const outputs = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  return tf.model({ inputs, outputs });
}

test('a model in a model in a model that is called twice, and a layer that is shared: each call is judged', async () => {
  const innermost = tf.sequential({
    layers: [tf.layers.batchNormalization({ name: 'deep', inputShape: [4], movingMeanInitializer: 'ones' })],
  });
  const x = tf.input({ shape: [4] });
  const dense = tf.layers.dense({ units: 4 });
  const inner = tf.model({ inputs: x, outputs: innermost.apply(dense.apply(x)) as tf.SymbolicTensor });
  const shared = tf.layers.layerNormalization({ name: 'shared' });
  const [one, other] = [tf.input({ shape: [4], name: 'one' }), tf.input({ shape: [4], name: 'other' })];
  const sides = [one, other].map((side) => shared.apply(inner.apply(side)) as tf.SymbolicTensor);
  const outputs = tf.layers.add().apply(sides) as tf.SymbolicTensor;
  const artifacts = await artifactsOf(tf.model({ inputs: [one, other], outputs }));
  const { norms } = await judgeModel(artifacts, { providers });
  expect(norms.map(({ op }) => op)).toEqual(['batchNorm', 'batchNorm', 'layerNorm', 'layerNorm']);
  expect(new Set(norms.map(({ output }) => output)).size).toBe(4);
  for (const { measured } of norms) expect(['accurate', 'ordinary']).toContain(measured!.grades.cpu);
  // They saw different inputs.
  expect(norms[0]!.measured!.largest).not.toBe(norms[1]!.measured!.largest);
});

test('inputs that are given are judged, and two providers that drift apart are told', async () => {
  const run = tfjsRunner(tf);
  const x: ModelTensors = { x: { type: 'float32', dims: [1, 5, 5, 2], data: new Float32Array(50).fill(2) } };
  const off: typeof run = async (model, inputs) => {
    const outputs = await run(model, inputs);
    const { dims, type, data } = outputs.far!;
    return {
      ...outputs,
      far: { dims, type, data: Float32Array.from(data as Float32Array, (one) => one + 9) },
    };
  };
  const { drift, norms } = await judgeModel(uncentred(), { providers: { run, off }, inputs: x });
  expect(drift).toMatchObject({ norm: 'y', providers: ['run', 'off'] });
  expect(Object.keys(norms[0]!.measured!.digits)).toEqual(['run', 'off']);
});
