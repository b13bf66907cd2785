import { FULL } from '@normlayers/testing/full-run';
import { beforeEach, describe, expect, test } from 'vitest';
import { createNorm } from '../src/index';
import { tf, VARIANTS } from './backends';

/** Counts are compared exactly, so a few rounds prove as much as many. */
const ROUNDS = FULL ? 500 : 100;

let norm = createNorm({ tf });

describe.each(VARIANTS)('on $name', ({ backend, fused }) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    norm = createNorm({ tf, fused });
    await norm.ready();
  });

  test('an optimizer trains through Batch and Layer Norm, and running statistics move', () => {
    const before = tf.memory().numTensors;
    const x = tf.randomNormal([32, 4], 5, 2, 'float32', 1);
    const target = tf.tidy(() => tf.tanh(tf.sum(tf.div(tf.sub(x, 5), 2), 1, true)));
    const weights = [
      tf.variable(tf.randomNormal([4, 8], 0, 0.5, 'float32', 2)),
      tf.variable(tf.ones([4])),
      tf.variable(tf.zeros([4])),
      tf.variable(tf.ones([8])),
      tf.variable(tf.randomNormal([8, 1], 0, 0.5, 'float32', 3)),
    ] as const;
    const [w, gamma, beta, scale, out] = weights;
    const runningMean = tf.variable(tf.zeros([4]), false);
    const runningVar = tf.variable(tf.ones([4]), false);
    const optimizer = tf.train.adam(0.05);
    const loss = () => {
      const bn = norm.batchNormTraining({ x, gamma, beta, runningMean, runningVar, convention: 'pytorch' });
      runningMean.assign(bn.runningMean as typeof x);
      runningVar.assign(bn.runningVar as typeof x);
      const hidden = tf.relu(norm.layerNorm({ x: tf.matMul(bn.y, w), gamma: scale }).y);
      return tf.mean(tf.square(tf.sub(tf.matMul(hidden, out), target))) as ReturnType<typeof tf.scalar>;
    };
    const held = tf.memory().numTensors;
    const losses: number[] = [];
    let afterFirst = 0;
    for (let step = 0; step < 60; step++) {
      const cost = optimizer.minimize(loss, true, [...weights]);
      losses.push((cost as typeof x).dataSync()[0] as number);
      cost?.dispose();
      if (step === 0) afterFirst = tf.memory().numTensors;
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 10);
    for (const mean of runningMean.dataSync()) expect(Math.abs(mean - 5)).toBeLessThan(1);
    expect(tf.memory().numTensors).toBe(afterFirst);
    expect(afterFirst).toBeGreaterThanOrEqual(held);
    optimizer.dispose();
    tf.dispose([x, target, ...weights, runningMean, runningVar]);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(afterFirst - held);
  });

  test('tf.variableGrads gives the gradients of parameters', () => {
    const gamma = tf.variable(tf.tensor([2, 3]));
    const x = tf.tensor([1, 3, 10, 30], [2, 2]);
    const { value, grads } = tf.variableGrads(
      () => tf.sum(norm.layerNorm({ x, gamma, epsilon: 0 }).y) as ReturnType<typeof tf.scalar>,
      [gamma],
    );
    expect(value.dataSync()[0]).toBe(2);
    expect([...(grads[gamma.name] as typeof x).dataSync()]).toEqual([-2, 2]);
    tf.dispose([x, gamma, value, ...Object.values(grads)]);
  });

  test(`${4 * ROUNDS} calls leave no tensor behind, in a tidy, outside of one, and through tf.grads`, () => {
    const x = tf.tensor([1, 2, 3, 4, 5, 7], [2, 3]);
    const gamma = tf.tensor([1, 2, 3]);
    const maps = tf.tensor([1, 2, 3, 4, 5, 7], [1, 2, 3]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < ROUNDS; i++) {
      norm.layerNorm({ x, gamma }).y.dispose();
      tf.tidy(() => void norm.batchNormTraining({ x, gamma, layout: 'channels-last' }));
      tf.dispose(norm.instanceNormTraining({ x: maps }) as object as Record<string, typeof x>);
      tf.dispose(
        tf.grads((x, gamma) => norm.rmsNorm({ x: x as typeof gamma, gamma: gamma as typeof x }).y)([
          x,
          gamma,
        ]),
      );
    }
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, gamma, maps]);
  });

  test('inside tf.tidy only what is returned survives; outputs outlive their inputs', () => {
    const before = tf.memory().numTensors;
    const y = tf.tidy(() => norm.layerNorm({ x: tf.tensor([1, 3], [1, 2]), epsilon: 0 }).y);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([...y.dataSync()]).toEqual([-1, 1]);
    y.dispose();
  });

  test('bad arguments are NormErrors before anything is made', () => {
    const x = tf.tensor([1, 2, 3, 4], [2, 2]);
    const before = tf.memory().numTensors;
    const code = (expected: string) => expect.objectContaining({ name: 'NormError', code: expected });
    expect(() => norm.layerNorm({ x, gamma: x })).toThrow(code('parameter-length'));
    expect(() => norm.layerNorm({ x, epsilon: Number.NaN })).toThrow(code('epsilon'));
    expect(() => norm.layerNorm({ x, axes: [2] })).toThrow(code('axis'));
    expect(() => norm.groupNorm({ x, groups: 3 })).toThrow(code('groups'));
    expect(() => norm.batchNorm({ x } as never)).toThrow(code('missing-argument'));
    expect(() => norm.batchNormTraining({ x, runningMean: x, runningVar: x } as never)).toThrow(
      code('parameter-length'),
    );
    expect(() => norm.rmsNorm({ x, beta: x } as never)).toThrow(code('unknown-argument'));
    const whole = tf.tensor([1, 2], [1, 2], 'int32');
    expect(() => norm.layerNorm({ x: whole })).toThrow(code('dtype'));
    whole.dispose();
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

test('first gradients need none of the gradients that tfjs-core leaves out', () => {
  const gradient = tf.getGradient('Reshape');
  const removed = ['Reshape', 'Mul', 'Multiply', 'Sum', 'Transpose', 'Add', 'Sub'].map((name) =>
    tf.getGradient(name),
  );
  for (const config of removed) if (config) tf.unregisterGradient(config.kernelName);
  try {
    const x = tf.tensor([1, 2, 4, 8], [1, 2, 2]);
    const dx = tf.grad((v) => norm.layerNorm({ x: v as typeof x, axes: [1] }).y)(x, tf.onesLike(x));
    expect(dx.shape).toEqual([1, 2, 2]);
    tf.dispose([x, dx]);
  } finally {
    for (const config of removed) if (config) tf.registerGradient(config);
  }
  expect(gradient).toBeDefined();
});
