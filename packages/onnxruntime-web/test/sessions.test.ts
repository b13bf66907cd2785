import { type NormCall, tensor } from '@normlayers/core';
import { expect, test } from 'vitest';
import { createNorm, onnxruntimeWebAdapter } from '../src/index';
import { counted, runtimeMemory } from './runtime';

function layerNormOf(rows: number, features: number, mode: 'inference' | 'training' = 'inference'): NormCall {
  const data = Float32Array.from({ length: rows * features }, (_, i) => Math.sin(i));
  return { op: 'layerNorm', mode, x: tensor(data, [rows, features]) };
}

test('one session serves all sizes of a rank', async () => {
  const { ort, sessions } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
  for (const [rows, features] of [
    [1, 8],
    [2, 768],
    [64, 3],
  ] as const) {
    const { y } = await adapter.run(layerNormOf(rows, features) as NormCall & { mode: 'inference' });
    expect(y.shape).toEqual([rows, features]);
  }
  expect(sessions.created).toBe(1);
  await adapter.run(layerNormOf(2, 8, 'training'));
  expect(sessions.created).toBe(2);
  await adapter.dispose();
  expect(sessions.released).toBe(2);
  await adapter.dispose();
  expect(sessions.released).toBe(2);
});

test('calls at the same time share one session', async () => {
  const { ort, sessions } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
  await Promise.all(Array.from({ length: 8 }, (_, i) => adapter.run(layerNormOf(i + 1, 5))));
  expect(sessions.created).toBe(1);
  await adapter.dispose();
});

test('1,000 calls make no session and keep no tensor, neither on the heap nor in the runtime’s memory', async () => {
  const { ort, sessions, tensors } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
  // 64 kB each: 1,000 of them that were kept would be 64 MB.
  const calls = [layerNormOf(16, 1024), layerNormOf(32, 512, 'training')];
  const round = async (times: number) => {
    for (let i = 0; i < times; i++) await adapter.run(calls[i % calls.length] as NormCall);
  };
  const measured = async () => {
    // What has been collected is told to a registry in a task of its own.
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return {
      heap: heapUsed + arrayBuffers,
      runtime: runtimeMemory(),
      held: tensors.made - tensors.collected,
    };
  };
  await round(100);
  const { created } = sessions;
  const before = await measured();
  const { made } = tensors;
  await round(1000);
  const after = await measured();
  expect(sessions.created).toBe(created);
  expect(tensors.made - made).toBeGreaterThan(2000);
  expect(after.held - before.held).toBeLessThan(100);
  expect(after.heap - before.heap).toBeLessThan(4e6);
  expect(before.runtime).toBeGreaterThan(0);
  expect(after.runtime - before.runtime).toBeLessThan(4e6);
  await adapter.dispose();
  expect(sessions.released).toBe(created);
});

test('a call that is refused leaves the next one as it was; after dispose all are refused', async () => {
  const { ort, sessions } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
  const call = layerNormOf(2, 4) as NormCall & { mode: 'inference' };
  const { y } = await adapter.run(call);
  await expect(adapter.run({ ...call, epsilon: Number.NaN })).rejects.toMatchObject({ code: 'epsilon' });
  expect((await adapter.run(call)).y).toEqual(y);
  expect(sessions.created).toBe(1);
  await adapter.dispose();
  await expect(adapter.run(call)).rejects.toMatchObject({ name: 'NormError', code: 'disposed' });
});

test('tensors of ONNX Runtime in and out: those given stay as they are, those returned are the caller’s', async () => {
  const { ort } = counted();
  const norm = createNorm({ ort, strategy: 'graph' });
  const x = new ort.Tensor('float32', Float32Array.of(1, 3, 10_001, 10_003), [2, 2]);
  const { y, mean, invStd } = await norm.layerNormTraining({ x, epsilon: 0 });
  expect([...(y.data as Float32Array)]).toEqual([-1, 1, -1, 1]);
  expect([...(mean.data as Float32Array)]).toEqual([2, 10_002]);
  expect([...(invStd.data as Float32Array)]).toEqual([1, 1]);
  expect(y.location).toBe('cpu');
  expect([...(x.data as Float32Array)]).toEqual([1, 3, 10_001, 10_003]);
  for (const result of [y, mean, invStd]) result.dispose();
  await norm.dispose();
  await expect(norm.layerNorm({ x })).rejects.toMatchObject({ name: 'NormError', code: 'disposed' });
});

test('bad tensors are refused before a session is made', async () => {
  const { ort, sessions } = counted();
  const norm = createNorm({ ort, strategy: 'graph' });
  const x = new ort.Tensor('float32', new Float32Array(6), [2, 3]);
  const gamma = new ort.Tensor('float32', new Float32Array(2), [2]);
  await expect(norm.layerNorm({ x, gamma })).rejects.toMatchObject({ code: 'parameter-length' });
  await expect(norm.layerNorm({ x, epsilon: -1 })).rejects.toMatchObject({ code: 'epsilon' });
  await expect(
    norm.layerNorm({ x: new ort.Tensor('int32', new Int32Array(6), [2, 3]) }),
  ).rejects.toMatchObject({
    name: 'NormError',
  });
  expect(sessions.created).toBe(0);
  await norm.dispose();
});

test('far from zero the runtime’s own operator is off, ours is not', async () => {
  const { ort } = counted();
  const data = Float32Array.from({ length: 4096 }, (_, i) => 1e4 + Math.sin(i * i));
  // The paper's equation 3 in float64.
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  const call = { op: 'layerNorm', mode: 'inference', x: tensor(data, [1, 4096]), epsilon: 0 } as const;
  const largestError = async (adapter: ReturnType<typeof onnxruntimeWebAdapter>) => {
    const { y } = await adapter.run(call);
    await adapter.dispose();
    return Math.max(
      ...Array.from(y.data, (value, i) =>
        Math.abs(value - ((data[i] as number) - mean) / Math.sqrt(variance)),
      ),
    );
  };
  expect(await largestError(onnxruntimeWebAdapter({ ort, strategy: 'graph' }))).toBeLessThan(5e-7);
  expect(await largestError(onnxruntimeWebAdapter({ ort, strategy: 'native' }))).toBeGreaterThan(1e-4);
});

test('what ONNX Runtime says when it fails comes as a NormError', async () => {
  const { ort } = counted();
  const InferenceSession = {
    ...ort.InferenceSession,
    create: () => Promise.reject(new Error('no such provider')),
  };
  const adapter = onnxruntimeWebAdapter({ ort: { ...ort, InferenceSession } as never, strategy: 'graph' });
  await expect(adapter.run(layerNormOf(1, 2))).rejects.toMatchObject({
    name: 'NormError',
    code: 'backend',
    message: expect.stringContaining('no such provider'),
  });
});
