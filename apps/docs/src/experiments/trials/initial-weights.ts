import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { type NormName, openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { Random } from '../training/random';

const SCALES = [0.03, 0.1, 0.3, 1, 3] as const;
const NORMS: readonly NormName[] = ['none', 'batchNorm', 'layerNorm'];
const STEPS = 100;

/** The same network from weights of very different sizes. */
export const initialWeights: Experiment = {
  series: NORMS,
  logarithmic: { x: true },
  async run(seed, emit) {
    const framework = await openFramework();
    const reached = new Map<NormName, number[]>(NORMS.map((norm) => [norm, []]));
    for (const weightScale of SCALES) {
      for (const norm of NORMS) {
        const random = new Random(seed);
        const draw = clusters(random);
        const test = draw(600);
        const network = new DenseNetwork(framework, random, {
          norm,
          hidden: [32, 32, 32],
          learningRate: 0.05,
          weightScale,
        });
        for (let step = 0; step < STEPS; step++) network.step(draw(32));
        const accuracy = network.accuracy(test);
        reached.get(norm)!.push(accuracy);
        emit(norm, weightScale, accuracy);
        network.dispose();
      }
    }
    const mean = (norm: NormName) => {
      const values = reached.get(norm)!;
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const figures = { none: mean('none'), batchNorm: mean('batchNorm'), layerNorm: mean('layerNorm') };
    const gain = Math.min(figures.batchNorm, figures.layerNorm) - figures.none;
    return { verdict: gain > 0.05 ? 'supports' : gain > 0 ? 'unclear' : 'contradicts', figures };
  },
};
