import { answer } from '@normlayers/testing/page';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { createNorm } from '../../src/index';
import { replaceNormalizations } from '../../src/layers/fast-normalization';

export interface OwnTests {
  readonly passed: number;
  /** Of each spec that failed its name and what it said. */
  readonly failed: readonly string[];
  /** How often the kernel was asked for, and how often TensorFlow.js's own computed. */
  readonly asked: number;
  readonly own: number;
}

void answer({
  async ownTests(backend: string): Promise<OwnTests> {
    // jasmine-core looks for the global object under Node's name where it is bundled.
    Object.assign(globalThis, { global: globalThis });
    const { default: jasmineRequire } = await import('jasmine-core/lib/jasmine-core/jasmine.js');
    const jasmine = jasmineRequire.core(jasmineRequire);
    const env = jasmine.getEnv();
    const words = jasmineRequire.interface(jasmine, env);
    const { describe, beforeAll } = words;
    Object.assign(globalThis, words, {
      describe: (name: string, tests: () => void) =>
        describe?.(name, () => {
          tests();
          // Their own beforeAll starts the backend anew.
          beforeAll?.(() => createNorm({ tf }).ready());
        }),
    });

    const { registerTestEnv } = await import('@tensorflow/tfjs-core/dist/jasmine_util');
    registerTestEnv({ name: backend, backendName: backend, isDataSync: backend === 'webgl' });
    const counts = { asked: 0, own: 0 };
    count('own');
    replaceNormalizations(tf, () => true);
    count('asked');
    await import('@tensorflow/tfjs-core/dist/ops/batchnorm_test');

    let passed = 0;
    const failed: string[] = [];
    env.configure({ random: false });
    env.addReporter({
      specDone({ fullName, status, failedExpectations: [first] }) {
        if (status === 'passed') passed++;
        else failed.push(`${fullName}: ${first?.message ?? status}`);
      },
    });
    await env.execute();
    return { passed, failed, ...counts };

    function count(name: keyof typeof counts): void {
      const kernel = tf.getKernel('FusedBatchNorm', backend);
      const kernelFunc: typeof kernel.kernelFunc = (given) => {
        counts[name]++;
        return kernel.kernelFunc(given);
      };
      tf.unregisterKernel('FusedBatchNorm', backend);
      tf.registerKernel({ ...kernel, kernelFunc });
    }
  },
});
