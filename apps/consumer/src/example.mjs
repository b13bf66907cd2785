// One call on every package that computes, with nothing but what a stranger can import; bundlers take this file too.
import '@tensorflow/tfjs-backend-cpu';
import { layerNorm, NormError, tensor } from '@normlayers/core';
import { convertWeights } from '@normlayers/core/weights';
import { tfjsAdapter } from '@normlayers/tfjs';
import { wasmAdapter } from '@normlayers/wasm';
import * as tf from '@tensorflow/tfjs-core';

// Far from 0: what keeps float32 sums of squares loses all digits here.
export const call = {
  op: 'layerNorm',
  mode: 'inference',
  x: tensor(
    Float32Array.from({ length: 8 * 768 }, (_, i) => 1e4 + Math.sin(i)),
    [8, 768],
  ),
};

/** The largest difference of an adapter's y from core's. */
export async function differenceOf(adapter) {
  const expected = layerNorm({ x: call.x }).y.data;
  const { y } = await adapter.run(call);
  await adapter.dispose?.();
  const difference = Math.max(...y.data.map((value, i) => Math.abs(value - expected[i])));
  if (!(difference < 1e-5)) throw new Error(`${adapter.name} is ${difference} off`);
  return `${adapter.name} ${difference.toExponential(0)}`;
}

await tf.setBackend('cpu');
const differences = [
  await differenceOf(await wasmAdapter()),
  await differenceOf(tfjsAdapter({ tf, backend: 'cpu' })),
];

// All entries of core share one NormError.
try {
  convertWeights({ tensors: {} }, { from: 'keras', to: 'caffe' });
  throw new Error('an unknown convention was taken');
} catch (error) {
  if (!(error instanceof NormError)) throw error;
}
console.log(`off core by at most: ${differences.join(', ')}`);
