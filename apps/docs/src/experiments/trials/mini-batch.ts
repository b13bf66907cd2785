import { batchNormTraining, layerNorm, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const SAMPLES = 8;
const FEATURES = 16;
const DRAWS = 150;

/** One sample among ever new neighbours: does its output move? */
export const miniBatch: Experiment = {
  series: ['batchNorm', 'layerNorm'],
  async run(seed, emit) {
    const random = new Random(seed);
    const sample = random.normals(FEATURES);
    const seen = { batchNorm: [] as number[], layerNorm: [] as number[] };
    for (let draw = 1; draw <= DRAWS; draw++) {
      const x = random.normals(SAMPLES * FEATURES);
      x.set(sample);
      const batch = tensor(x, [SAMPLES, FEATURES]);
      const y = { batchNorm: batchNormTraining({ x: batch }).y, layerNorm: layerNorm({ x: batch }).y };
      for (const name of ['batchNorm', 'layerNorm'] as const) {
        seen[name].push(y[name].data[0]);
        emit(name, draw, y[name].data[0] - seen[name][0]);
      }
    }
    const range = (values: number[]) => Math.max(...values) - Math.min(...values);
    const figures = { batchNorm: range(seen.batchNorm), layerNorm: range(seen.layerNorm) };
    const verdict = figures.layerNorm === 0 && figures.batchNorm > 0.01 ? 'supports' : 'contradicts';
    return { verdict, figures };
  },
};
