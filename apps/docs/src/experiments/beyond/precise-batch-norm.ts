import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { Random } from '../training/random';

const STEPS = 120;
const EVERY = 10;
/** Keras's default. */
const MOMENTUM = 0.99;

/** A network in inference during its training: with running statistics, and with those of the population computed anew. */
export const preciseBatchNorm: Experiment = {
  series: ['running', 'precise'],
  async run(seed, emit) {
    const framework = await openFramework();
    const random = new Random(seed);
    const draw = clusters(random);
    const test = draw(600);
    const options = { norm: 'batchNorm', hidden: [32, 32], learningRate: 0.05, momentum: MOMENTUM } as const;
    const network = new DenseNetwork(framework, random, options);
    const reached = { running: [] as number[], precise: [] as number[] };
    for (let step = 1; step <= STEPS; step++) {
      network.step(draw(32));
      if (step % EVERY !== 0) continue;
      const batches = Array.from({ length: 8 }, () => draw(32));
      const accuracies = {
        running: network.accuracy(test),
        precise: network.withStatisticsOf(batches, () => network.accuracy(test)),
      };
      for (const name of ['running', 'precise'] as const) {
        reached[name].push(accuracies[name]);
        emit(name, step, accuracies[name]);
      }
    }
    network.dispose();
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const figures = {
      running: mean(reached.running),
      precise: mean(reached.precise),
      runningLast: reached.running.at(-1)!,
      preciseLast: reached.precise.at(-1)!,
    };
    const gain = figures.precise - figures.running;
    return { verdict: gain > 0.03 ? 'supports' : gain > -0.01 ? 'unclear' : 'contradicts', figures };
  },
};
