import { generatedCases } from '@normlayers/conformance';
import { type NormCall, tensor } from '@normlayers/core';
import { compute, planCall, sizeOf } from '@normlayers/core/adapter';
import { afterAll, describe, expect, test } from 'vitest';
import { tfjsAdapter } from '../src/index';
import { nativeTfjsAdapter } from '../src/native';
import { BACKENDS, tf } from './backends';
import { normal } from './tensors';

/**
 * Calls of every form, on ordinary numbers: not of one number a group, whose variance is 0. Short ones, since
 * the gradient of tf.tile takes a step for each number.
 */
const everyCall = generatedCases().filter(
  ({ dtype, tags, call }) =>
    dtype === 'float32' && tags.includes('grid') && sizeOf(call.x.shape) < 4096 && planCall(call).n !== 1,
);

function outOfOrder({ axes }: { readonly axes?: readonly number[] }): boolean {
  return axes?.some((axis, i) => axis < (axes[i - 1] as number)) ?? false;
}

function largestError(call: NormCall, y: ArrayLike<number>): number {
  const expected = (compute(call) as { y: { data: ArrayLike<number> } }).y.data;
  return Array.from(y, (value, i) => Math.abs(value - (expected[i] as number))).reduce((a, b) =>
    Math.max(a, b),
  );
}

describe.each(BACKENDS)('native:tfjs/%s', (backend) => {
  const native = nativeTfjsAdapter({ tf, backend });
  const ours = tfjsAdapter({ tf, backend });
  afterAll(() => Promise.all([native.dispose(), ours.dispose()]));

  test('computes what it says it supports, on ordinary input right to 1e-3 but for channels-first Batch Norm', async () => {
    expect(native.name).toBe(`native:tfjs/${backend}`);
    const seen = new Set<string>();
    const wrong: string[] = [];
    for (const { name, call } of everyCall) {
      const support = native.supports(call);
      if (!support.supported) {
        await expect(native.run(call)).rejects.toMatchObject({ code: 'unsupported' });
        continue;
      }
      const result = (await native.run(call)) as object as Record<
        string,
        { shape: number[]; data: ArrayLike<number> }
      >;
      const expected = compute(call) as object as typeof result;
      expect(Object.keys(result).sort(), name).toEqual(Object.keys(expected).sort());
      for (const [output, { shape, data }] of Object.entries(expected)) {
        expect(result[output]?.shape, `${name}: ${output}`).toEqual(shape);
        const right = Array.from(data).every(
          (value, i) => Math.abs(value - (result[output]?.data[i] as number)) < 1e-3 * (1 + Math.abs(value)),
        );
        if (right) continue;
        // tfjs #1106, and tf.layers.layerNormalization's gamma in the order of x's axes, not of `axes`.
        if (call.op === 'batchNorm' && call.mode !== 'backward' && output === 'y') continue;
        if (!outOfOrder(call as { axes?: number[] })) wrong.push(`${name}: ${output}`);
      }
      seen.add(`${call.op} ${call.mode}`);
    }
    expect(seen.size).toBe(15);
    expect(wrong).toEqual([]);
  });

  test('tfjs #1106: channels-first Batch Norm is silently wrong; ours is right', async () => {
    const x = normal([2, 3, 4, 4], 4, 0, 3);
    const call = {
      op: 'batchNorm',
      mode: 'inference',
      x,
      mean: tensor([-5, 0, 5]),
      variance: tensor([0.1, 1, 4]),
    } as const;
    expect(native.supports(call).supported).toBe(true);
    expect(largestError(call, (await native.run(call)).y.data)).toBeGreaterThan(10);
    expect(largestError(call, (await ours.run(call)).y.data)).toBeLessThan(1e-4);
  });

  test.each([
    {
      what: '#1773: its gradient with channels first',
      number: 1773,
      extra: { mode: 'backward', dy: normal([2, 3, 4, 4], 4), gamma: tensor([1, 2, 3]) },
    },
    {
      what: '#2868: training without gamma',
      number: 2868,
      extra: { mode: 'training', beta: tensor([1, 2, 3]) },
    },
  ])('tfjs $what is declared unsupported; ours computes it', async ({ number, extra }) => {
    const call = { op: 'batchNorm', x: normal([2, 3, 4, 4], 4), ...extra } as NormCall;
    expect(native.supports(call)).toMatchObject({
      supported: false,
      issue: `https://github.com/tensorflow/tfjs/issues/${number}`,
    });
    await expect(native.run(call)).rejects.toMatchObject({ code: 'unsupported' });
    expect(Object.keys(await ours.run(call))).not.toEqual([]);
  });

  test('tfjs #1773 as TensorFlow.js itself shows it: the gradient throws', async () => {
    await tf.setBackend(backend);
    const x = tf.ones([2, 3, 4, 4]) as ReturnType<typeof tf.ones>;
    const mean = tf.reshape(tf.tensor([1, 2, 3]), [1, 3, 1, 1]);
    expect(() =>
      tf.grads((x, mean) => tf.batchNorm(x as never, mean as never, mean as never))([x, mean]),
    ).toThrow();
  });

  test('rank 5 is refused; ours computes it', async () => {
    const call = { op: 'layerNorm', mode: 'inference', x: normal([2, 2, 2, 2, 3], 4) } as const;
    expect(native.supports(call)).toMatchObject({ supported: false });
    expect(largestError(call, (await ours.run(call)).y.data)).toBeLessThan(1e-5);
  });

  test('what TensorFlow.js gets wrong for large and far-off rows', async () => {
    const rows = (value: (z: number) => number) =>
      ({
        op: 'layerNorm',
        mode: 'inference',
        x: { ...normal([4, 1024], 4), data: Float32Array.from(normal([4, 1024], 4).data, value) },
      }) as const;
    const large = rows((z) => 1e19 * z);
    expect(largestError(large, (await native.run(large)).y.data)).toBeGreaterThan(1);
    expect(largestError(large, (await ours.run(large)).y.data)).toBeLessThan(1e-5);
  });

  test('leaves nothing behind', async () => {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    for (const { call } of everyCall.slice(0, 60))
      if (native.supports(call).supported) await native.run(call);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('without registered gradients backward is declared unsupported, with what to do', () => {
  const config = tf.getGradient('FusedBatchNorm');
  tf.unregisterGradient('FusedBatchNorm');
  try {
    const x = tensor([1, 2], [1, 2]);
    const support = nativeTfjsAdapter({ tf, backend: 'cpu' }).supports({
      op: 'layerNorm',
      mode: 'backward',
      x,
      dy: x,
    });
    expect(support.supported || support.reason).toContain('@tensorflow/tfjs');
  } finally {
    tf.registerGradient(config);
  }
});
