import { rmsNorm, tensor } from '@normlayers/core';
import type { Experiment } from '../experiment';
import { Random } from '../training/random';

const TOKENS = 32;
const FEATURES = 64;
/** How large queries and keys are, in standard deviations of their numbers. */
const SIZES = [0.1, 0.3, 1, 2, 3, 5, 10] as const;

/** What is left of attention's choice as queries and keys grow: the entropy of its softmax, in bits. */
export const qkNorm: Experiment = {
  series: ['plain', 'normalized'],
  logarithmic: { x: true },
  async run(seed, emit) {
    const random = new Random(seed);
    const [queries, keys] = [random.normals(TOKENS * FEATURES), random.normals(TOKENS * FEATURES)];
    const entropies = SIZES.map((size) => {
      const [q, k] = [queries, keys].map((values) => values.map((value) => value * size));
      const plain = entropyOf(q, k);
      const normalized = entropyOf(normalizedRows(q), normalizedRows(k));
      emit('plain', size, plain);
      emit('normalized', size, normalized);
      return { plain, normalized };
    });
    const first = entropies[SIZES.indexOf(1)];
    const last = entropies.at(-1)!;
    const figures = {
      plainAtOne: first.plain,
      plainAtMost: last.plain,
      normalizedAtOne: first.normalized,
      normalizedAtMost: last.normalized,
    };
    const saturates = last.plain < 0.1 * first.plain;
    const stays = Math.abs(last.normalized - first.normalized) < 0.01 * first.normalized;
    return {
      verdict: saturates && stays ? 'supports' : saturates || stays ? 'unclear' : 'contradicts',
      figures,
    };
  },
};

/** Each token's query or key by RMS Norm over its features, as models of today have it. */
function normalizedRows(values: Float32Array): Float32Array {
  return rmsNorm({ x: tensor(values, [TOKENS, FEATURES]) }).y.data as Float32Array;
}

/** The entropy in bits of softmax(q k / sqrt(features)), on average over the queries. */
function entropyOf(q: Float32Array, k: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < TOKENS; i++) {
    const products = Array.from({ length: TOKENS }, (_, j) => {
      let product = 0;
      for (let f = 0; f < FEATURES; f++) product += q[i * FEATURES + f] * k[j * FEATURES + f];
      return product / Math.sqrt(FEATURES);
    });
    const most = Math.max(...products);
    const weights = products.map((product) => Math.exp(product - most));
    const total = weights.reduce((all, weight) => all + weight, 0);
    for (const weight of weights) if (weight > 0) sum -= (weight / total) * Math.log2(weight / total);
  }
  return sum / TOKENS;
}
