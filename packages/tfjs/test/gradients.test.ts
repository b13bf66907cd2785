import { type NormCall, planCall, type Tensor } from '@normlayers/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { createNorm } from '../src/index';
import { tf, VARIANTS } from './backends';
import { worstBudget } from './budget';
import { everyCall, normal, seeded } from './calls';

let norm = createNorm(tf);
type Args = Record<string, unknown>;
type TfTensor = ReturnType<typeof tf.zeros>;

function uploaded(call: object): Args {
  const entries = Object.entries(call).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null && 'data' in value
      ? tf.tensor((value as Tensor).data as Float32Array, [...(value as Tensor).shape])
      : value,
  ]);
  return Object.fromEntries(entries);
}

/** y as a function of the tensors named, everything else as in the call. */
function outputOf(call: NormCall, names: string[], form: 'inference' | 'training') {
  const { op, mode: _mode, dy: _dy, ...rest } = uploaded(call) as Args & { op: NormCall['op'] };
  return (...values: TfTensor[]): TfTensor => {
    const given = { ...rest, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) } as never;
    return form === 'inference' ? norm[op](given) : (norm[`${op}Training`](given) as { y: TfTensor }).y;
  };
}

async function downloaded(value: TfTensor): Promise<Tensor> {
  return { dtype: 'float32', shape: value.shape, data: (await value.data()) as Float32Array };
}

describe.each(VARIANTS)('on $name', ({ backend, fused }) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    norm = createNorm(tf, { fused });
    await norm.ready();
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  test.each(['inference', 'training'] as const)(
    'tf.grads of %s is the backward of the reference',
    async (form) => {
      for (const { name, call } of everyCall()) {
        if (call.mode !== 'backward') continue;
        const fixed = 'mean' in call;
        if (call.op === 'batchNorm' && fixed !== (form === 'inference')) continue;
        const names = ['x', ...(call.gamma ? ['gamma'] : []), ...(fixed ? ['mean', 'variance'] : [])];
        const before = tf.memory().numTensors;
        const inputs = names.map((name) => uploaded(call)[name] as TfTensor);
        const dy = tf.tensor(call.dy.data as Float32Array, [...call.dy.shape]);
        const gradients = tf.grads(outputOf(call, names, form))(inputs, dy);
        expect(tf.memory().numTensors - before, `${name}: leaves tensors behind`).toBeLessThan(40);
        const result: Record<string, Tensor> = {};
        for (const [i, name] of names.entries())
          result[`d${name}`] = await downloaded(gradients[i] as TfTensor);
        const { used, output } = worstBudget(call, result, planCall(call).n, Object.keys(result));
        expect(used, `${name}: ${output}`).toBeLessThanOrEqual(1);
      }
    },
  );

  test('gradients with respect to beta, and of parameters of several dimensions', async () => {
    const x = tf.tensor([1, 2, 4, 8, 16, 33], [1, 2, 3]);
    const beta = tf.zeros([3, 2]) as TfTensor;
    const dy = tf.tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    const dbeta = tf.grads((beta: TfTensor) => norm.layerNorm({ x, beta, axes: [2, 1] }))(
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

  const random = seeded(3);
  const weights = normal([2, 4, 3], random);
  const point = { x: normal([2, 4, 3], random), gamma: normal([4], random), beta: normal([4], random) };
  const variants: Record<string, (args: Record<string, TfTensor>) => TfTensor> = {
    layerNorm: ({ x, gamma, beta }) => norm.layerNorm({ x: x!, gamma, beta, axes: [1] }),
    'layerNorm without parameters': ({ x }) => norm.layerNorm({ x: x!, axes: [1, 2] }),
    rmsNorm: ({ x, gamma }) => norm.rmsNorm({ x: x!, gamma, axes: [1] }),
    instanceNorm: ({ x, gamma, beta }) => norm.instanceNorm({ x: x!, gamma, beta }),
    groupNorm: ({ x, gamma, beta }) => norm.groupNorm({ x: x!, gamma, beta, groups: 2 }),
    'batchNorm, its own statistics': ({ x, gamma, beta }) => norm.batchNormTraining({ x: x!, gamma, beta }).y,
    'batchNorm, given statistics': ({ x, gamma, beta }) =>
      norm.batchNorm({ x: x!, gamma, beta, mean: beta!, variance: tf.add(tf.square(gamma!), 1) }),
  };

  /** A number that depends on every output, not linearly. */
  function loss(y: TfTensor): TfTensor {
    return tf.sum(tf.mul(tf.square(y), tf.tensor(weights.data as Float32Array, [2, 4, 3])));
  }

  describe.each(Object.keys(variants))('%s', (variant) => {
    const given = () => uploaded(point) as Record<string, TfTensor>;
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
        const byX = tf.sum(
          tf.mul(
            gradientByX(name === 'x' ? v : (args.x as TfTensor)),
            tf.tensor(weights.data as Float32Array, [2, 4, 3]),
          ),
        );
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
    const { x, gamma } = uploaded(point) as Record<'x' | 'gamma', TfTensor>;
    const dy = tf.tensor(weights.data as Float32Array, [2, 4, 3]);
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
