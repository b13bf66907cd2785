import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { FULL } from '@normlayers/testing/full-run';
// With the gradients of TensorFlow.js's own operations, which the losses in these tests need.
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(join(dirname(entry), 'dist') + sep);

// Tests make their numbers where they are declared, before a backend of theirs is chosen.
await tf.setBackend('cpu');

export { tf };
export const BACKENDS = ['cpu', 'wasm'] as const;

/** Each backend's one program for a call, and the chain of operations that other backends run. */
export const VARIANTS = BACKENDS.flatMap((backend) => [
  { backend, fused: true, name: `${backend}, fused` },
  { backend, fused: false, name: `${backend}, chain` },
]);

/** Where many numbers are computed with: in the gate the one program runs on wasm, and the chain on cpu. */
export const MANY_NUMBERS = VARIANTS.filter(({ backend, fused }) => FULL || fused === (backend === 'wasm'));
