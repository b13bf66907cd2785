/**
 * What `useFastNormalization` would take over, on against off, in Node: the figures behind `taken-over.ts`.
 *
 *     npm run measure-fast-normalization -- cpu|wasm [ROUNDS] [TEXT]
 */
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadFusedKernels } from '../src/fused/load';
import { replaceNormalizations } from '../src/layers/fast-normalization';
import { fastTimes, questionsOf } from '../test/browser/fast-times';

const [backend = 'cpu', rounds = '9', text = ''] = process.argv.slice(2);
const wasm = createRequire(join(process.cwd(), 'package.json')).resolve(
  '@tensorflow/tfjs-backend-wasm/package.json',
);
setWasmPaths(join(dirname(wasm), 'dist') + sep);
await tf.setBackend(backend);
await loadFusedKernels(tf);
const everything = async () => ({ undo: replaceNormalizations(tf, () => true) });
for (const name of Object.keys(questionsOf(tf)).filter((one) => one.includes(text))) {
  for (const { what, off, on } of await fastTimes(tf, Number(rounds), everything, name)) {
    console.log(`${backend}  ${(on / off).toFixed(2)}  ${off.toFixed(1)} -> ${on.toFixed(1)} ms  ${what}`);
  }
}
