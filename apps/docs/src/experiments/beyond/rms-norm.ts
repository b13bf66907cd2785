import { layerNorm, rmsNorm as rmsNormOf, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const ROWS = 32;
const FEATURES = 64;
/** Mean over standard deviation. */
const OFFSETS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4] as const;

/** How far RMS Norm is from Layer Norm as the mean of a row moves away from zero. */
export const rmsNorm: Experiment = {
  series: ['apart'],
  async run(seed, emit) {
    const random = new Random(seed);
    // Each number has its opposite beside it, so that a row's mean is 0 to the last bit.
    const centred = random.normals(ROWS * FEATURES);
    for (let i = 1; i < centred.length; i += 2) centred[i] = -centred[i - 1];
    const apart = OFFSETS.map((offset) => {
      const x = tensor(
        centred.map((value) => value + offset),
        [ROWS, FEATURES],
      );
      const [ln, rms] = [layerNorm({ x }).y.data, rmsNormOf({ x }).y.data];
      const most = ln.reduce((largest, value, i) => Math.max(largest, Math.abs(value - rms[i])), 0);
      emit('apart', offset, most);
      return most;
    });
    const figures = { atZero: apart[0], atOne: apart[OFFSETS.indexOf(1)], atMost: apart.at(-1)! };
    const grows = figures.atOne > 0.1 && figures.atMost > figures.atOne;
    return { verdict: figures.atZero === 0 && grows ? 'supports' : 'contradicts', figures };
  },
};
