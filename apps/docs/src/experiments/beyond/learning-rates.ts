import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { Random } from '../training/random';

const NORMS = ['none', 'batchNorm'] as const;
const RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;
const STEPS = 100;
/** Guessing gets a quarter right: a network that gets no more than this has not learned. */
const LEARNED = 0.4;

/** The same network at learning rates far apart (Bjorck et al. 2018). */
export const learningRates: Experiment = {
  series: NORMS,
  logarithmic: { x: true },
  async run(seed, emit) {
    const framework = await openFramework();
    const [none, batchNorm] = NORMS.map((norm) => {
      const reached = RATES.map((learningRate) => {
        const random = new Random(seed);
        const draw = clusters(random);
        const test = draw(600);
        const network = new DenseNetwork(framework, random, { norm, hidden: [32, 32, 32], learningRate });
        for (let step = 0; step < STEPS; step++) network.step(draw(32));
        const accuracy = network.accuracy(test);
        emit(norm, learningRate, accuracy);
        network.dispose();
        return { learningRate, accuracy };
      });
      const learned = reached.filter(({ accuracy }) => accuracy > LEARNED);
      return {
        largest: learned.at(-1)?.learningRate ?? 0,
        best: Math.max(...reached.map(({ accuracy }) => accuracy)),
      };
    });
    const figures = {
      noneLargest: none.largest,
      batchLargest: batchNorm.largest,
      noneBest: none.best,
      batchBest: batchNorm.best,
    };
    const further = batchNorm.largest / none.largest;
    return { verdict: further > 2 ? 'supports' : further >= 1 ? 'unclear' : 'contradicts', figures };
  },
};
