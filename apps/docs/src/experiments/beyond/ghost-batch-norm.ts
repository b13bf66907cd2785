import { batchNormTraining, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const BATCH = 64;
const FEATURES = 16;
const GHOSTS = [4, 8, 16, 32, 64] as const;
const DRAWS = 60;

/** How much a sample's output moves with its neighbours when a batch of 64 is split into ghost batches. */
export const ghostBatchNorm: Experiment = {
  series: ['noise'],
  logarithmic: { x: true, y: true },
  async run(seed, emit) {
    const random = new Random(seed);
    const sample = random.normals(FEATURES);
    const batches = Array.from({ length: DRAWS }, () => {
      const x = random.normals(BATCH * FEATURES);
      x.set(sample);
      return x;
    });
    const noise = GHOSTS.map((ghost) => {
      // The sample is in the first ghost batch; the others have no part in its output.
      const outputs = batches.map(
        (x) => batchNormTraining({ x: tensor(x.slice(0, ghost * FEATURES), [ghost, FEATURES]) }).y.data,
      );
      const spread = Array.from({ length: FEATURES }, (_, f) => deviation(outputs.map((y) => y[f])));
      const mean = spread.reduce((sum, value) => sum + value, 0) / FEATURES;
      emit('noise', ghost, mean);
      return mean;
    });
    const falls = noise.every((value, i) => i === 0 || value < noise[i - 1]);
    const figures = { smallest: noise[0], whole: noise.at(-1)! };
    return {
      verdict: falls && noise[0] > 2 * figures.whole ? 'supports' : falls ? 'unclear' : 'contradicts',
      figures,
    };
  },
};

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
