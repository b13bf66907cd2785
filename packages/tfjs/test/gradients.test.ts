import { generatedCases, judge, truthOfCall } from '@normlayers/conformance';
import { type NormCall, type Tensor, tensor } from '@normlayers/core';
import { nameOfFunction, planCall, sizeOf, tensorsOf } from '@normlayers/core/adapter';
import { FULL } from '@normlayers/testing/full-run';
import { beforeEach, describe, expect, test } from 'vitest';
import { createNorm } from '../src/index';
import { MANY_NUMBERS, tf } from './backends';
import { arrayOf, normal, type TfTensor, uploaded } from './tensors';

let norm = createNorm({ tf });

/** The backward calls of the conformance suite that are no bad input; in the gate every third. */
const backwardCalls = generatedCases()
  .filter(({ mode, dtype, tags }) => mode === 'backward' && dtype === 'float32' && tags.includes('grid'))
  .filter((_, i) => FULL || i % 3 === 0)
  .map(({ name, call }) => ({ name, call: call as Extract<NormCall, { mode: 'backward' }> }));

/**
 * Each input that has a gradient, in the order in which they are given to tf.grads. Gamma is 1 where none is
 * given.
 */
function inputsOf(call: Extract<NormCall, { mode: 'backward' }>): Record<string, Tensor> {
  const { x, gamma, mean, variance } = tensorsOf(call);
  const { outputs, centred } = planCall(call);
  const { shape } = outputs.dgamma as { shape: readonly number[] };
  const filled = (value: number) => tensor(new Float32Array(sizeOf(shape)).fill(value), [...shape]);
  return {
    x,
    gamma: gamma ?? filled(1),
    ...(centred ? { beta: filled(0) } : {}),
    ...(mean && variance ? { mean, variance } : {}),
  };
}

describe.each(MANY_NUMBERS)('on $name', ({ backend, fused }) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    norm = createNorm({ tf, fused });
    await norm.ready();
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  test.each(['inference', 'training'] as const)(
    'tf.grads of %s is the backward of the reference',
    async (form) => {
      for (const { name, call } of backwardCalls) {
        const given = planCall(call).statistics === 'given';
        if (call.op === 'batchNorm' && given !== (form === 'inference')) continue;
        const { op, mode: _mode, dy, ...rest } = call;
        const inputs = inputsOf(call);
        const names = Object.keys(inputs);
        const before = tf.memory().numTensors;
        const output = (...values: TfTensor[]) => {
          const named = Object.fromEntries(names.map((name, i) => [name, values[i]]));
          const forward = norm[nameOfFunction(op, form)] as (call: object) => {
            y: TfTensor;
          };
          return forward({ ...rest, ...named }).y;
        };
        const gradients = tf.grads(output)(Object.values(inputs).map(uploaded), uploaded(dy));
        expect(tf.memory().numTensors - before, `${name}: leaves tensors behind`).toBe(2 * names.length + 1);
        const results = Object.fromEntries(
          names.map((name, i) => [`d${name}`, arrayOf(gradients[i] as TfTensor)]),
        );
        expect(judge(results, truthOfCall(call)).faults, name).toEqual([]);
      }
    },
  );

  test('gradients through residual and gammaOffset, of y and of the sum, leave nothing behind', () => {
    const [x, residual] = [normal([3, 5], 21), normal([3, 5], 22)];
    const [dy, dsum, gamma] = [normal([3, 5], 23), normal([3, 5], 24), normal([5], 25)];
    const attributes = { gammaOffset: 1, epsilon: 1e-3 };
    const call = { op: 'rmsNorm', mode: 'backward', x, residual, dy, dsum, gamma, ...attributes } as const;
    const given = [x, residual, gamma].map(uploaded);
    const [ofY, ofSum] = [dy, dsum].map(uploaded) as [TfTensor, TfTensor];
    const before = tf.memory().numTensors;
    const gradients = tf.grads((x, residual, gamma) => {
      const { y, sum } = norm.rmsNorm({ x, residual, gamma, ...attributes });
      return tf.add(tf.sum(tf.mul(y, ofY)), tf.sum(tf.mul(sum, ofSum)));
    })(given);
    expect(tf.memory().numTensors - before).toBe(3);
    const [dx, dresidual, dgamma] = gradients.map(arrayOf);
    expect(judge({ dx, dgamma }, truthOfCall(call)).faults).toEqual([]);
    expect(dresidual).toEqual(dx);
  });

  test('gradients with respect to beta, and of parameters of several dimensions', async () => {
    const x = tf.tensor([1, 2, 4, 8, 16, 33], [1, 2, 3]);
    const beta = tf.zeros([3, 2]) as TfTensor;
    const dy = tf.tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    const dbeta = tf.grads((beta: TfTensor) => norm.layerNorm({ x, beta, axes: [2, 1] }).y)(
      [beta],
      dy,
    )[0] as TfTensor;
    expect(dbeta.shape).toEqual([3, 2]);
    expect([...dbeta.dataSync()]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  test('mean, invStd and invRms can be differentiated', () => {
    const x = tf.tensor([1, 2, 4, 9], [1, 4]);
    const check = (value: (x: TfTensor) => TfTensor) => {
      const gradient = [...tf.grad(value)(x).dataSync()];
      for (const [i, got] of gradient.entries())
        expect(got).toBeCloseTo(centralDifference(value, x, i, 1e-2), 3);
    };
    check((x) => tf.sum(norm.layerNormTraining({ x }).mean));
    check((x) => tf.sum(norm.layerNormTraining({ x }).invStd));
    check((x) => tf.sum(norm.rmsNormTraining({ x }).invRms));
  });

  const weights = normal([2, 4, 3], 3);
  const point = { x: normal([2, 4, 3], 4), gamma: normal([4], 5), beta: normal([4], 6) };
  const uploadedPoint = () => ({
    x: uploaded(point.x),
    gamma: uploaded(point.gamma),
    beta: uploaded(point.beta),
  });
  const variants: Record<string, (args: Record<string, TfTensor>) => TfTensor> = {
    layerNorm: ({ x, gamma, beta }) => norm.layerNorm({ x: x!, gamma, beta, axes: [1] }).y,
    'layerNorm without parameters': ({ x }) => norm.layerNorm({ x: x!, axes: [1, 2] }).y,
    rmsNorm: ({ x, gamma }) => norm.rmsNorm({ x: x!, gamma, axes: [1] }).y,
    instanceNorm: ({ x, gamma, beta }) => norm.instanceNorm({ x: x!, gamma, beta }).y,
    groupNorm: ({ x, gamma, beta }) => norm.groupNorm({ x: x!, gamma, beta, groups: 2 }).y,
    'batchNorm, its own statistics': ({ x, gamma, beta }) => norm.batchNormTraining({ x: x!, gamma, beta }).y,
    'batchNorm, given statistics': ({ x, gamma, beta }) =>
      norm.batchNorm({ x: x!, gamma, beta, mean: beta!, variance: tf.add(tf.square(gamma!), 1) }).y,
  };

  /** A number that depends on every output, not linearly. */
  function loss(y: TfTensor): TfTensor {
    return tf.sum(tf.mul(tf.square(y), uploaded(weights)));
  }

  describe.each(Object.keys(variants))('%s', (variant) => {
    const given = uploadedPoint as () => Record<string, TfTensor>;
    const value = (args: Record<string, TfTensor>) =>
      loss((variants[variant] as (args: object) => TfTensor)(args));
    const parameters = /without/.test(variant)
      ? ['x']
      : /rms/.test(variant)
        ? ['x', 'gamma']
        : ['x', 'gamma', 'beta'];

    test.each(parameters)('first derivative by %s: as central differences', (name) => {
      const args = given();
      const f = (v: TfTensor) => value({ ...args, [name]: v });
      const gradient = [
        ...tf
          .grad(f)(args[name] as TfTensor)
          .dataSync(),
      ];
      const scale = Math.max(...gradient.map(Math.abs));
      gradient.forEach((got, i) => {
        expect(Math.abs(got - centralDifference(f, args[name] as TfTensor, i, 1e-2)) / scale).toBeLessThan(
          5e-3,
        );
      });
    });

    test.each(parameters)('second derivative by %s: as central differences of the first', (name) => {
      const args = given();
      const first = (v: TfTensor) => {
        const towards = tf.tensor(weights.data.slice(0, v.size) as Float32Array, v.shape);
        const gradientByX = tf.grad((x: TfTensor) => value({ ...args, [name]: v, x }));
        const gradientByV = tf.grad((v: TfTensor) => value({ ...args, [name]: v }));
        const byX = tf.sum(tf.mul(gradientByX(name === 'x' ? v : (args.x as TfTensor)), uploaded(weights)));
        return tf.add(byX, tf.sum(tf.mul(gradientByV(v), towards))) as TfTensor;
      };
      const gradient = [
        ...tf
          .grad(first)(args[name] as TfTensor)
          .dataSync(),
      ];
      const scale = Math.max(...gradient.map(Math.abs));
      expect(scale).toBeGreaterThan(0.01);
      gradient.forEach((got, i) => {
        expect(
          Math.abs(got - centralDifference(first, args[name] as TfTensor, i, 1e-2)) / scale,
        ).toBeLessThan(1e-2);
      });
    });
  });

  test('the gradient of an explicit backward is that of the gradient', () => {
    const { x, gamma } = uploadedPoint();
    const dy = uploaded(weights);
    const explicit = (x: TfTensor) =>
      tf.sum(tf.square(norm.layerNormBackward({ x, dy, gamma, axes: [1] }).dx));
    const gradient = [...tf.grad(explicit)(x).dataSync()];
    const scale = Math.max(...gradient.map(Math.abs));
    gradient.forEach((got, i) => {
      expect(Math.abs(got - centralDifference(explicit, x, i, 1e-2)) / scale).toBeLessThan(1e-2);
    });
  });
});

function centralDifference(f: (x: TfTensor) => TfTensor, x: TfTensor, i: number, step: number): number {
  const data = x.dataSync() as Float32Array;
  const at = (distance: number) => {
    const moved = Float32Array.from(data);
    moved[i] = (data[i] as number) + distance;
    return f(tf.tensor(moved, x.shape)).dataSync()[0] as number;
  };
  // Of fourth order, so that the step can be large enough for float32.
  return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
}
