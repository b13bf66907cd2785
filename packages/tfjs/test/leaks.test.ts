import { type NormCall, tensor } from '@normlayers/core';
import { FULL } from '@normlayers/testing/full-run';
import { describe, expect, test } from 'vitest';
import { createNorm, tfjsAdapter } from '../src/index';
import { tf, VARIANTS } from './backends';

const x = tensor(
  Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
  [4, 6],
);
const parameter = tensor(new Float32Array(6).fill(2), [6]);
const calls = [
  { op: 'layerNorm', mode: 'inference', x, gamma: parameter, beta: parameter },
  { op: 'layerNorm', mode: 'backward', x, dy: x, gamma: parameter },
  { op: 'layerNorm', mode: 'training', x, residual: x, gamma: parameter, gammaOffset: 1 },
  { op: 'rmsNorm', mode: 'backward', x, residual: x, dy: x, dsum: x },
  {
    op: 'batchNorm',
    mode: 'training',
    x,
    gamma: parameter,
    runningMean: parameter,
    runningVar: parameter,
    convention: 'keras',
  },
  { op: 'batchNorm', mode: 'inference', x, mean: parameter, variance: parameter },
] as const satisfies NormCall[];

/**
 * Counts are compared exactly, so a few calls prove as much as many; the heap is weighed over 10,000, in the
 * full run.
 */
const CALLS = FULL ? 10_000 : 200;

/** Bytes of the heap that are in use, once what nobody holds any more is gone. */
function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

interface WasmModule {
  _malloc(bytes: number): number;
  _free(place: number): void;
}

/**
 * Counts what is allocated in the wasm backend's memory, tensors and our kernels' scratch, and not yet freed.
 */
function countBlocks(): { held: () => number; stop: () => void } {
  const { wasm } = tf.backend() as unknown as { wasm: WasmModule };
  const { _malloc, _free } = wasm;
  let held = 0;
  let seen = 0;
  wasm._malloc = (bytes) => {
    held++;
    seen++;
    return _malloc(bytes);
  };
  wasm._free = (place) => {
    held--;
    _free(place);
  };
  return {
    held: () => {
      expect(seen).toBeGreaterThan(0);
      return held;
    },
    stop: () => Object.assign(wasm, { _malloc, _free }),
  };
}

describe.each(VARIANTS)('tfjs/$name', ({ backend, fused }) => {
  test(`${CALLS} calls of the adapter leave no tensor behind, and the heap as it was`, async () => {
    const adapter = tfjsAdapter({ tf, backend, fused });
    const round = async (times: number) => {
      for (let i = 0; i < times; i++) await adapter.run(calls[i % calls.length] as NormCall);
    };
    await round(FULL ? 500 : 20);
    const before = tf.memory();
    const heap = heapInUse();
    await round(CALLS);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    // 10,000 calls that kept a kilobyte each would be 10 MB.
    expect(heapInUse() - heap).toBeLessThan(4e6);
    await adapter.dispose();
  }, 240_000);

  test(`${CALLS} calls on tensors leave their results and nothing else, in a tidy none`, async () => {
    await tf.setBackend(backend);
    const norm = createNorm({ tf, fused });
    await norm.ready();
    const on = tf.tensor(x.data as Float32Array, [4, 6]);
    const gamma = tf.tensor(parameter.data as Float32Array, [6]);
    norm.layerNorm({ x: on, gamma }).y.dispose();
    const before = tf.memory().numTensors;
    const heap = heapInUse();
    for (let i = 0; i < CALLS / 2; i++) norm.layerNorm({ x: on, gamma }).y.dispose();
    for (let i = 0; i < CALLS / 2; i++) tf.tidy(() => void norm.layerNorm({ x: on, gamma }));
    expect(tf.memory().numTensors).toBe(before);
    expect(heapInUse() - heap).toBeLessThan(4e6);
    const kept = norm.batchNormTraining({ x: on, gamma });
    expect(tf.memory().numTensors).toBe(before + Object.keys(kept).length);
    tf.dispose([on, gamma, ...Object.values(kept)]);
  }, 240_000);
});

describe.each(VARIANTS.filter(({ backend }) => backend === 'wasm'))('tfjs/$name', ({ backend, fused }) => {
  test('every block allocated in the backend’s memory is freed', async () => {
    const adapter = tfjsAdapter({ tf, backend, fused });
    const round = async (times: number) => {
      for (let i = 0; i < times; i++) await adapter.run(calls[i % calls.length] as NormCall);
    };
    await round(calls.length);
    const blocks = countBlocks();
    try {
      await round(calls.length);
      const before = blocks.held();
      await round(FULL ? 1_000 : 200);
      expect(blocks.held()).toBe(before);
    } finally {
      blocks.stop();
      await adapter.dispose();
    }
  });
});
