import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { lineOf, lossCurve } from '../training/loss-curve';
import { Random } from '../training/random';

const NORMS = ['none', 'batchNorm', 'layerNorm'] as const;
const SAMPLES = 600;

/** Samples come one at a time and are seen once. */
export const online: Experiment = {
  series: NORMS,
  async run(seed, emit) {
    const framework = await openFramework();
    const [none, batchNorm, layerNorm] = NORMS.map((norm) => {
      const random = new Random(seed);
      const draw = clusters(random);
      const test = draw(600);
      const network = new DenseNetwork(framework, random, { norm, hidden: [32, 32], learningRate: 0.02 });
      lossCurve(network, () => draw(1), SAMPLES, lineOf(emit, norm));
      const accuracy = network.accuracy(test);
      network.dispose();
      return accuracy;
    });
    const gain = layerNorm - batchNorm;
    const verdict = gain > 0.1 ? 'supports' : gain > 0 ? 'unclear' : 'contradicts';
    return { verdict, figures: { none, batchNorm, layerNorm } };
  },
};
