import { NormError, tensor } from '@normlayers/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNorm, tfjsAdapter, useFastNormalization } from '../src/index';
import { nativeTfjsAdapter } from '../src/native';
import { tf, VARIANTS } from './backends';

/** What a call throws; not a NormError fails the test. */
function refusal(call: () => unknown): Partial<NormError> {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(NormError);
    const { code, argument } = error as NormError;
    return { code, argument };
  }
  return expect.unreachable('it was taken');
}

const makers = { createNorm, tfjsAdapter, nativeTfjsAdapter } as unknown as Record<
  string,
  (given?: unknown) => object
>;

test.each(Object.keys(makers))(
  '%s refuses what is not TensorFlow.js, and options it does not know',
  (name) => {
    const make = makers[name] as (given?: unknown) => object;
    const missing = { code: 'missing-argument', argument: 'tf' };
    for (const given of [undefined, null, 1, 'tf', {}, { InferenceSession: {} }, { tf: {} }, { tf: null }]) {
      expect(
        refusal(() => make(given)),
        JSON.stringify(given),
      ).toEqual(missing);
    }
    expect(refusal(() => make({ tf: { ...tf, tidy: undefined } }))).toEqual(missing);
    expect(refusal(() => make({ tf, threads: 4 }))).toEqual({
      code: 'unknown-argument',
      argument: 'threads',
    });
    expect(make({ tf })).toBeTypeOf('object');
  },
);

test('an option of the wrong type is refused, and a backend that TensorFlow.js has never heard of', () => {
  expect(refusal(() => createNorm({ tf, fused: 1 as never }))).toEqual({
    code: 'unknown-argument',
    argument: 'fused',
  });
  for (const backend of ['gpu', '', 7 as never]) {
    expect(refusal(() => tfjsAdapter({ tf, backend }))).toEqual({ code: 'backend', argument: 'backend' });
  }
});

test('useFastNormalization rejects what is not TensorFlow.js', async () => {
  for (const given of [undefined, {}, { layers: {} }]) {
    await expect(useFastNormalization(given as never)).rejects.toMatchObject({
      name: 'NormError',
      code: 'missing-argument',
    });
  }
});

test('createNorm(tf) is the older form of createNorm({ tf })', () => {
  const x = tf.tensor2d([[1, 3]]);
  const { y } = createNorm(tf, { fused: false }).layerNorm({ x, epsilon: 0 });
  expect([...y.dataSync()]).toEqual([-1, 1]);
  tf.dispose([x, y]);
});

const norm = createNorm({ tf });
let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

test('a tensor that has been disposed is refused, whichever it is', () => {
  const gone = tf.tensor([1, 2, 3]);
  gone.dispose();
  const x = tf.tensor2d([[1, 2, 3]]);
  const goneX = tf.tensor2d([[1, 2, 3]]);
  goneX.dispose();
  const refused = (argument: string) => ({ code: 'disposed', argument });
  expect(refusal(() => norm.layerNorm({ x: goneX }))).toEqual(refused('x'));
  expect(refusal(() => norm.layerNorm({ x, gamma: gone }))).toEqual(refused('gamma'));
  expect(refusal(() => norm.rmsNormBackward({ x, dy: goneX }))).toEqual(refused('dy'));
  const given = { x, mean: gone, variance: gone, layout: 'channels-last' } as const;
  expect(refusal(() => norm.batchNorm(given))).toEqual(refused('mean'));
  x.dispose();
});

test('what is not a tensor of TensorFlow.js is refused', () => {
  const x = tf.tensor2d([[1, 2, 3]]);
  const ofCore = tensor([1, 2, 3], [1, 3]) as never;
  const symbolic = tf.input({ shape: [3] }) as never;
  expect(refusal(() => norm.layerNorm({ x: ofCore }))).toEqual({ code: 'missing-argument', argument: 'x' });
  expect(refusal(() => norm.layerNorm({ x, beta: ofCore })).argument).toBe('beta');
  expect(refusal(() => norm.layerNorm({ x: symbolic })).argument).toBe('x');
  expect(refusal(() => norm.layerNorm({ x: [[1, 2, 3]] as never })).argument).toBe('x');
  expect(refusal(() => norm.layerNorm(undefined as never))).toEqual({
    code: 'missing-argument',
    argument: 'x',
  });
  x.dispose();
});

test.each(VARIANTS)('a variance below -epsilon is refused, on $name', async ({ backend, fused }) => {
  await tf.setBackend(backend);
  const norm = createNorm({ tf, fused });
  await norm.ready();
  const x = tf.tensor2d([[1, 2]]);
  const its = { x, mean: tf.zeros([2]), variance: tf.tensor1d([1, -1]) };
  const refused = { code: 'variance', argument: 'variance' };
  expect(refusal(() => norm.batchNorm(its))).toEqual(refused);
  expect(refusal(() => norm.batchNormBackward({ ...its, dy: x }))).toEqual(refused);
  const loss = (variance: typeof its.variance) => norm.batchNorm({ ...its, variance }).y;
  expect(refusal(() => tf.grad(loss as never)(its.variance))).toEqual(refused);
  tf.dispose(its);
  await tf.setBackend('cpu');
});

test('axes that TensorFlow.js cannot bring together are refused', () => {
  const x = tf.ones([2, 2, 2, 2, 2, 2, 2]) as never;
  expect(refusal(() => norm.layerNorm({ x, axes: [0, 2, 4, 6] }))).toEqual({
    code: 'unsupported',
    argument: 'x',
  });
  tf.dispose(x);
});

test('tensors that tf.cast made float32 are taken', () => {
  const x = tf.tidy(() => tf.cast(tf.tensor2d([[1, 3]], [1, 2], 'int32'), 'float32'));
  const { y } = norm.layerNorm({ x, epsilon: 0 });
  expect([...y.dataSync()]).toEqual([-1, 1]);
  tf.dispose([x, y]);
});
