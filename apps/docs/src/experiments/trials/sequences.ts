import type { Experiment } from '../experiment';
import { openFramework } from '../networks/norm-layer';
import { RecurrentNetwork, type Sequences } from '../networks/recurrent-network';
import { Random } from '../training/random';

const NORMS = ['batchNorm', 'layerNorm'] as const;
const STEPS = 160;
const BATCH = 8;
const LENGTH = 8;

/** Remember the sign of the first number through noise: at the length trained on, and at twice that. */
export const sequences: Experiment = {
  series: NORMS,
  async run(seed, emit) {
    const framework = await openFramework();
    const [batchNorm, layerNorm] = NORMS.map((norm) => {
      const random = new Random(seed);
      const network = new RecurrentNetwork(framework, random, norm);
      const test = drawn(random, 400, LENGTH);
      for (let step = 1; step <= STEPS; step++) {
        network.step(drawn(random, BATCH, LENGTH));
        if (step % 8 === 0) emit(norm, step, network.accuracy(test));
      }
      const result = [network.accuracy(test), network.accuracy(drawn(random, 400, 2 * LENGTH))];
      network.dispose();
      return result;
    });
    const figures = {
      batchNorm: batchNorm[0],
      layerNorm: layerNorm[0],
      batchNormLong: batchNorm[1],
      layerNormLong: layerNorm[1],
    };
    const gain = layerNorm[0] + layerNorm[1] - batchNorm[0] - batchNorm[1];
    return { verdict: gain > 0.03 ? 'supports' : gain < -0.03 ? 'contradicts' : 'unclear', figures };
  },
};

function drawn(random: Random, count: number, length: number): Sequences {
  const classes = Int32Array.from({ length: count }, () => random.below(2));
  const steps = Array.from({ length }, (_, time) =>
    Float32Array.from(classes, (own) => (time === 0 ? 2 * own - 1 : 0.3 * random.normal())),
  );
  return { steps, classes };
}
