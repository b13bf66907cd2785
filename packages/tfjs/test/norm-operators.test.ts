import { NormError } from '@normlayers/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { useNormOperators } from '../src/index';
import { BACKENDS, tf } from './backends';

type Tensor = ReturnType<typeof tf.zeros>;

interface Parameters {
  readonly axes: number[];
  readonly gamma?: number[];
  readonly beta?: number[];
}

/** A graph model of one node, its parameters with their shapes. */
function modelOf(op: string, { axes, gamma, beta }: Parameters, epsilon = 1e-3) {
  const given = Object.entries({ gamma, beta }).flatMap(([name, shape]) => (shape ? [{ name, shape }] : []));
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
    ...given.map(({ name }) => ({ name, op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } })),
    {
      name: 'y',
      op,
      input: ['x', ...given.map(({ name }) => name)],
      attr: {
        axes: { list: { i: axes.map(String) } },
        epsilon: { f: epsilon },
        scale: { b: gamma !== undefined },
        center: { b: beta !== undefined },
      },
    },
  ];
  const weightSpecs = given.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const }));
  const weightData = Float32Array.from(given.flatMap(({ shape }) => numbersFor(shape))).buffer;
  const modelTopology = { node, versions: { producer: 1 } };
  return tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

function numbersFor(shape: readonly number[]): number[] {
  const size = shape.reduce((all, one) => all * one, 1);
  return Array.from({ length: size }, (_, i) => 1 + i / 4);
}

/** The chain as TensorFlow writes it, in its own operations. */
function definition(op: string, x: Tensor, { axes, gamma, beta }: Parameters): Tensor {
  const centred = op.endsWith('LayerNorm') ? tf.sub(x, tf.mean(x, axes, true)) : x;
  const root = tf.sqrt(tf.add(tf.mean(tf.square(centred), axes, true), 1e-3));
  const y = tf.div(centred, root);
  const scaled = gamma ? tf.mul(y, tf.tensor(numbersFor(gamma), gamma)) : y;
  return beta ? tf.add(scaled, tf.tensor(numbersFor(beta), beta)) : scaled;
}

const CASES: readonly Parameters[] = [
  { axes: [-1] },
  { axes: [2], gamma: [4], beta: [4] },
  { axes: [-1], gamma: [1, 1, 4], beta: [] },
  { axes: [1], gamma: [3, 1], beta: [3, 1] },
  { axes: [2, 1], gamma: [3, 4] },
  // Of another axis, and one that enlarges the result.
  { axes: [-1], gamma: [3, 1], beta: [4] },
  { axes: [-1], gamma: [4], beta: [2, 1, 3, 4] },
];

describe.each(BACKENDS)('on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    await useNormOperators(tf);
  });

  test.each(
    CASES.flatMap((one) => ['NormlayersLayerNorm', 'NormlayersRmsNorm'].map((op) => ({ op, ...one }))),
  )('$op over [$axes], gamma [$gamma], beta [$beta]', async ({ op, ...parameters }) => {
    const x = tf.randomNormal([2, 3, 4], 2, 3, 'float32', 5);
    const model = await modelOf(op, parameters);
    const before = tf.memory().numTensors;
    const y = model.predict(x) as Tensor;
    expect(tf.memory().numTensors).toBe(before + 1);
    const expected = tf.tidy(() => definition(op, x, parameters));
    expect(y.shape).toEqual(expected.shape);
    const [got, wanted] = [y.dataSync(), expected.dataSync()];
    for (const [i, one] of wanted.entries()) expect(got[i]).toBeCloseTo(one, 5);
    model.dispose();
  });

  test('is right far from zero, where the chain of a graph model is not', async () => {
    const model = await modelOf('NormlayersLayerNorm', { axes: [-1] }, 0);
    const y = model.predict(tf.tensor2d([[30001, 30003]])) as Tensor;
    expect([...y.dataSync()]).toEqual([-1, 1]);
  });
});

test('refuses what is not TensorFlow.js with graph models', async () => {
  await expect(useNormOperators({} as never)).rejects.toThrow(NormError);
  await expect(useNormOperators({ ...tf, registerOp: undefined } as never)).rejects.toThrow(
    /@tensorflow\/tfjs/,
  );
});
