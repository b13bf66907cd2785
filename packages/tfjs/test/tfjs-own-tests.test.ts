import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';

// The tests of tf.batchNorm that tfjs-core ships, compiled, with everything that can be taken over on our kernels.

interface Bundle {
  /** How often the kernel was asked for, and how often TensorFlow.js's own computed. */
  readonly counted: { asked: number; own: number };
  /** Starts our kernels on the backend chosen now. */
  ready(): Promise<void>;
  runTests(): Promise<unknown>;
}

const { resolve } = createRequire(import.meta.url);
const folderOf = (name: string) => dirname(resolve(`${name}/package.json`));

/** Bundled, so that the tests, both backends and we share one tfjs-core. */
async function bundled(outfile: string): Promise<Bundle> {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const contents = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-core/dist/register_all_gradients';
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import '@tensorflow/tfjs-backend-cpu';
    import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
    import { registerTestEnv } from '@tensorflow/tfjs-core/dist/jasmine_util';
    import { createNorm } from ${JSON.stringify(`${source}index.ts`)};
    import { replaceNormalizations } from ${JSON.stringify(`${source}layers/fast-normalization.ts`)};
    setWasmPaths(${JSON.stringify(join(folderOf('@tensorflow/tfjs-backend-wasm'), 'dist') + sep)});
    export const counted = { asked: 0, own: 0 };
    function count(name, backend) {
      const kernel = tf.getKernel('FusedBatchNorm', backend);
      const kernelFunc = (params) => (counted[name]++, kernel.kernelFunc(params));
      tf.unregisterKernel('FusedBatchNorm', backend);
      tf.registerKernel({ ...kernel, kernelFunc });
    }
    const backends = ['cpu', 'wasm'];
    for (const backend of backends) {
      registerTestEnv({ name: backend, backendName: backend, isDataSync: true });
      count('own', backend);
    }
    replaceNormalizations(tf, () => true);
    for (const backend of backends) count('asked', backend);
    export const ready = () => createNorm(tf).ready();
    export const runTests = () => import('@tensorflow/tfjs-core/dist/ops/batchnorm_test');
  `;
  await build({
    stdin: { contents, resolveDir: source },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    // TensorFlow.js's modules ask for require and __dirname in Node. Of Jasmine only its timeout is set.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = '.';`,
    },
    plugins: [
      {
        name: 'no-jasmine',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^jasmine-core/ }, ({ path }) => ({ path, namespace: 'no-jasmine' }));
          onLoad({ filter: /.*/, namespace: 'no-jasmine' }, () => ({
            contents: 'exports.core = () => ({})',
          }));
        },
      },
    ],
    logLevel: 'error',
  });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

const folder = await mkdtemp(join(tmpdir(), 'tfjs-own-tests-'));
afterAll(() => rm(folder, { recursive: true }));
// What lies there Node imports as it is: vitest would transform 6 MB, which takes 10 s.
const installed = join(folder, 'node_modules');
await mkdir(installed);
const { counted, ready, runTests } = await bundled(join(installed, 'tests.mjs'));

Object.assign(globalThis, {
  describe: (name: string, tests: () => void) =>
    describe(name, () => {
      tests();
      // Their own beforeAll starts the backend anew.
      beforeAll(ready);
    }),
  it,
  beforeAll,
  beforeEach,
  afterAll,
  afterEach,
  expect: (value: unknown) => Object.assign(expect(value), { nothing() {} }),
});
await runTests();

test('most of them were computed by us', () => {
  expect(counted.own).toBeLessThan(counted.asked / 2);
});
