import { batchNormTraining, rmsNorm, type Tensor, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const SAMPLES = 8;
const CHANNELS = 8;
const POSITIONS = [1, 2, 4, 16, 64] as const;
const DRAWS = 20;

/** How much a channel of one sample moves with its neighbours, by the number of its positions. */
export const filterResponseNorm: Experiment = {
  series: ['batchNorm', 'filterResponse'],
  logarithmic: { x: true },
  async run(seed, emit) {
    const random = new Random(seed);
    const moved = POSITIONS.map((positions) => {
      const size = CHANNELS * positions;
      const sample = random.normals(size);
      const first: Record<string, Float32Array> = {};
      const most = { batchNorm: 0, filterResponse: 0 };
      for (let draw = 0; draw < DRAWS; draw++) {
        const values = random.normals(SAMPLES * size);
        values.set(sample);
        const x = tensor(values, [SAMPLES, CHANNELS, positions]);
        const y = { batchNorm: batchNormTraining({ x }).y, filterResponse: filterResponse(x) };
        for (const name of ['batchNorm', 'filterResponse'] as const) {
          const own = (y[name].data as Float32Array).subarray(0, size);
          first[name] ??= own.slice();
          for (let i = 0; i < size; i++) most[name] = Math.max(most[name], Math.abs(own[i] - first[name][i]));
        }
      }
      for (const name of ['batchNorm', 'filterResponse'] as const) emit(name, positions, most[name]);
      // With one position a number is divided by its own size: nothing but its sign is left.
      const sizes = Array.from(first.filterResponse, Math.abs);
      return { ...most, spread: Math.max(...sizes) - Math.min(...sizes) };
    });
    const figures = {
      batchNorm: Math.min(...moved.map((one) => one.batchNorm)),
      filterResponse: Math.max(...moved.map((one) => one.filterResponse)),
      spreadAtOne: moved[0].spread,
      spreadAtMost: moved.at(-1)!.spread,
    };
    const isAlone = figures.filterResponse === 0 && figures.batchNorm > 0.01;
    return { verdict: isAlone ? 'supports' : 'contradicts', figures };
  },
};

/** Before gamma, beta and the threshold: RMS Norm over the positions of each channel. */
function filterResponse(x: Tensor): Tensor {
  return rmsNorm({ x, epsilon: 1e-6 }).y;
}
