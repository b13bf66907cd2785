import { batchNormTraining, layerNorm, type Tensor, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const SAMPLES = 48;
const FEATURES = 32;
const DRAWS = 60;

/** What is 0 on average after each: a feature over the batch, or a sample over its features. */
export const whichGroup: Experiment = {
  series: ['batchFeatures', 'batchSamples', 'layerFeatures', 'layerSamples'],
  logarithmic: { y: true },
  async run(seed, emit) {
    const random = new Random(seed);
    const most: Record<string, number> = {};
    const least: Record<string, number> = {};
    for (let draw = 1; draw <= DRAWS; draw++) {
      const x = drawn(random);
      const after = { batch: batchNormTraining({ x }).y, layer: layerNorm({ x }).y };
      for (const [name, y] of Object.entries(after)) {
        const means = { [`${name}Features`]: meanOfFeatures(y), [`${name}Samples`]: meanOfSamples(y) };
        for (const [series, mean] of Object.entries(means)) {
          emit(series, draw, Math.max(mean, 1e-12));
          most[series] = Math.max(most[series] ?? 0, mean);
          least[series] = Math.min(least[series] ?? Infinity, mean);
        }
      }
    }
    const zero = Math.max(most.batchFeatures, most.layerSamples);
    const free = Math.min(least.batchSamples, least.layerFeatures);
    return { verdict: zero < 1e-5 && free > 1e-2 ? 'supports' : 'contradicts', figures: { zero, free } };
  },
};

/** Features with offsets of their own, samples with sizes of their own. */
function drawn(random: Random): Tensor {
  const offsets = random.normals(FEATURES);
  const x = new Float32Array(SAMPLES * FEATURES);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const [size, level] = [0.5 + random.uniform(), random.normal()];
    for (let i = 0; i < FEATURES; i++)
      x[sample * FEATURES + i] = size * (random.normal() + offsets[i]) + level;
  }
  return tensor(x, [SAMPLES, FEATURES]);
}

/** The largest absolute mean of a feature over the samples. */
function meanOfFeatures({ data }: Tensor): number {
  const means = new Float64Array(FEATURES);
  data.forEach((value, i) => {
    means[i % FEATURES] += value / SAMPLES;
  });
  return Math.max(...means.map(Math.abs));
}

function meanOfSamples({ data }: Tensor): number {
  const means = new Float64Array(SAMPLES);
  data.forEach((value, i) => {
    means[Math.floor(i / FEATURES)] += value / FEATURES;
  });
  return Math.max(...means.map(Math.abs));
}
