import { judge, truthOfCall } from '@normlayers/conformance';
import { type NormCall, tensor } from '@normlayers/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createNorm, tfjsAdapter } from '../src/index';
import { BACKENDS, tf, VARIANTS } from './backends';

describe.each(VARIANTS)('tfjs/$name', ({ backend, fused }) => {
  const adapter = tfjsAdapter({ tf, backend, fused });
  beforeAll(async () => void (await tf.setBackend(backend)));

  test('is named after its backend, and says whose it is, how it computes and with what numbers', () => {
    expect(adapter).toMatchObject({ name: `tfjs/${backend}`, kind: 'ours', limits: {} });
    const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]) } as const;
    expect(adapter.supports(call)).toEqual({ supported: true, via: fused ? 'fused' : 'composed' });
  });

  test('refuses float64 and float16 with the reason', async () => {
    const x = tensor(new Float64Array(4), [2, 2]);
    await expect(adapter.run({ op: 'layerNorm', mode: 'inference', x })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('TensorFlow.js has no float64 tensors'),
    });
  });

  test('refuses a bad call as every adapter does, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const x = tensor(new Float32Array(6), [2, 3]);
    const gamma = tensor(new Float32Array(2));
    const call = { op: 'layerNorm', mode: 'inference', x, gamma } as const;
    await expect(adapter.run(call)).rejects.toMatchObject({ code: 'parameter-length' });
    await expect(adapter.run({ ...call, epsilon: -1 })).rejects.toMatchObject({ code: 'epsilon' });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('runs a prepared call again and again, and frees it', async () => {
    const before = tf.memory().numTensors;
    const prepared = await adapter.prepare({
      op: 'rmsNorm',
      mode: 'inference',
      x: tensor([3, 3], [1, 2]),
      epsilon: 0,
    });
    for (let i = 0; i < 3; i++) await prepared.run();
    expect([...(await prepared.read()).y.data]).toEqual([1, 1]);
    await prepared.dispose();
    await prepared.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('gives empty outputs for an empty batch, and zero gradients', async () => {
    const x = tensor(new Float32Array(0), [0, 3]);
    expect((await adapter.run({ op: 'layerNorm', mode: 'inference', x })).y.shape).toEqual([0, 3]);
    expect(
      (
        await adapter.run({
          op: 'batchNorm',
          mode: 'inference',
          x,
          mean: tensor([1, 2, 3]),
          variance: tensor([1, 2, 3]),
        })
      ).y.shape,
    ).toEqual([0, 3]);
    const { dx, dgamma } = await adapter.run({ op: 'layerNorm', mode: 'backward', x, dy: x });
    expect(dx.shape).toEqual([0, 3]);
    expect([...dgamma.data]).toEqual([0, 0, 0]);
    const none = await adapter.run({
      op: 'layerNorm',
      mode: 'inference',
      x: tensor(new Float32Array(0), [2, 0]),
    });
    expect(none.y.shape).toEqual([2, 0]);
  });

  test('takes x of any rank, where its axes can be brought together', async () => {
    const x = tensor(
      Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      [2, 2, 2, 2, 2, 2, 2],
    );
    const call: NormCall = { op: 'layerNorm', mode: 'training', x, axes: [1, 2, 5] };
    expect(judge(await adapter.run(call), truthOfCall(call)).faults).toEqual([]);
    const apart: NormCall = { op: 'layerNorm', mode: 'training', x, axes: [0, 2, 4, 6] };
    expect(adapter.supports(apart)).toMatchObject({
      supported: false,
      code: 'transpose',
      values: { rank: 7, highest: 6 },
    });
    await expect(adapter.run(apart)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

test('adapters of several backends take turns on one tf', async () => {
  const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 } as const;
  const adapters = BACKENDS.map((backend) => tfjsAdapter({ tf, backend }));
  const prepared = await Promise.all(adapters.map((adapter) => adapter.prepare(call)));
  for (let round = 0; round < 2; round++) {
    await Promise.all(prepared.map((one) => one.run()));
    for (const one of prepared) expect([...(await one.read()).y.data]).toEqual([-1, 1]);
  }
  await Promise.all(adapters.map((adapter) => adapter.dispose()));
});

test('a backend that is not there is a NormError', async () => {
  const adapter = tfjsAdapter({ tf, backend: 'webgpu' });
  const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]) } as const;
  await expect(adapter.run(call)).rejects.toMatchObject({ name: 'NormError', code: 'backend' });
});

test('a result keeps the rank of x, in its type too', () => {
  const x = tf.tensor2d([[1, 3]]);
  const y: tf.Tensor2D = createNorm({ tf }).layerNorm({ x, epsilon: 0 }).y;
  const { dx } = createNorm({ tf }).layerNormBackward({ x, dy: x });
  const gradient: tf.Tensor2D = dx;
  expect([y.shape, gradient.shape]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  tf.dispose([x, y, dx]);
});
