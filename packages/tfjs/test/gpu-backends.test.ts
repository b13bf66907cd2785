import { type NormCall, tensor } from '@normlayers/core';
import { describe, expect, test } from 'vitest';
import { webglDevice } from '../src/fused/webgl/device';
import { blocksOf } from '../src/fused/webgl/program';
import { webgpuKernels } from '../src/fused/webgpu';
import { nativeTfjsAdapter, tfjsAdapter } from '../src/index';
import { tf } from './backends';

/** Layer Norm of one row, its numbers from `smallest` up. */
function rowOf(features: number, smallest: number): NormCall {
  const x = tensor(
    Float32Array.from({ length: features }, (_, i) => smallest * (i + 1)),
    [1, features],
  );
  return { op: 'layerNorm', mode: 'backward', x, dy: x };
}

// Node has neither backend: what is declared is seen here, what is computed in a browser.
describe.each(['webgl', 'webgpu'])('tfjs/%s', (backend) => {
  test('declares once what becomes of denormal numbers, and looks into no data', () => {
    const noData = new Proxy(new Float32Array(4), {
      get: (_, name) => expect.unreachable(`reads ${String(name)} of the data`),
    });
    const call = { ...rowOf(4, 1), x: { dtype: 'float32', shape: [1, 4], data: noData } } as NormCall;
    for (const make of [tfjsAdapter, nativeTfjsAdapter]) {
      const adapter = make({ tf, backend });
      expect(adapter.limits).toEqual({ denormals: 'flushed' });
      expect(adapter.supports(call).supported).toBe(true);
      expect(make({ tf, backend: 'cpu' }).limits).toEqual({});
    }
  });

  test('the native adapter refuses a gradient that would not end', () => {
    const native = nativeTfjsAdapter({ tf, backend });
    expect(native.supports(rowOf(16_384, 1))).toMatchObject({ code: 'tiles', values: { tiles: 16_384 } });
    expect(native.supports(rowOf(768, 1)).supported).toBe(true);
  });
});

describe('where our programs cannot run, the chain is left', () => {
  const flags = (version: number, float32: boolean) =>
    ({
      env: () => ({ getNumber: () => version, getBool: () => float32 }),
    }) as unknown as typeof tf;
  const webgl = {
    gpgpu: { gl: {} },
    texData: new Map(),
    uploadToGPU() {},
    compileAndRun() {},
    disposeIntermediateTensorInfo() {},
  };
  const webgpu = {
    device: { lost: new Promise(() => {}), limits: {}, features: new Set() },
    tensorMap: new Map(),
    commandQueueOwnedIds: new WeakSet(),
    makeTensorInfo() {},
    uploadToGPU() {},
    ensureCommandEncoderReady() {},
    endComputePassEncoder() {},
    submitQueue() {},
  };

  test('on webgl: without 32-bit textures, on WebGL 1, on a backend made otherwise', () => {
    expect(webglDevice(flags(2, true), webgl)).not.toBeNull();
    expect(webglDevice(flags(2, false), webgl)).toBeNull();
    expect(webglDevice(flags(1, true), webgl)).toBeNull();
    expect(webglDevice(flags(2, true), { ...webgl, compileAndRun: undefined })).toBeNull();
    expect(webglDevice(flags(2, true), {})).toBeNull();
  });

  test('on webgpu: on a backend made otherwise', () => {
    expect(webgpuKernels(tf, webgpu)).not.toBeNull();
    expect(webgpuKernels(tf, { ...webgpu, submitQueue: undefined })).toBeNull();
    expect(webgpuKernels(tf, { ...webgpu, tensorMap: undefined })).toBeNull();
    expect(webgpuKernels(tf, {})).toBeNull();
  });
});

test.each([
  [1, 1],
  [9, 1],
  [65536, 1],
  [65536, 4096],
  [1000, 3],
  [5_000_000, 2],
])('blocks of groups of %i elements, %i groups: none empty, none too long', (n, groups) => {
  const { blocks, length } = blocksOf(n, groups, 512, 64);
  expect((blocks - 1) * length).toBeLessThan(n);
  expect(blocks * length).toBeGreaterThanOrEqual(n);
  expect(length).toBeLessThanOrEqual(2 ** 16);
});
