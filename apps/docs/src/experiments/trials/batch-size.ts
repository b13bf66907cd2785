import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { Random } from '../training/random';

const SIZES = [1, 2, 4, 16, 64] as const;
const STEPS = 220;

/** The same network and the same number of steps at five batch sizes. */
export const batchSize: Experiment = {
  series: ['batchNorm', 'layerNorm'],
  logarithmic: { x: true },
  async run(seed, emit) {
    const framework = await openFramework();
    const accuracy = new Map<string, number>();
    for (const size of SIZES) {
      for (const norm of ['batchNorm', 'layerNorm'] as const) {
        const random = new Random(seed);
        const draw = clusters(random);
        const test = draw(600);
        const network = new DenseNetwork(framework, random, { norm, hidden: [32, 32], learningRate: 0.05 });
        for (let step = 0; step < STEPS; step++) network.step(draw(size));
        const reached = network.accuracy(test);
        accuracy.set(`${norm} ${size}`, reached);
        emit(norm, size, reached);
        network.dispose();
      }
    }
    const at = (norm: string, size: number) => accuracy.get(`${norm} ${size}`)!;
    const figures = {
      batchAtOne: at('batchNorm', 1),
      layerAtOne: at('layerNorm', 1),
      batchAtMost: at('batchNorm', 64),
      layerAtMost: at('layerNorm', 64),
    };
    const smallFavoursLayer = figures.layerAtOne - figures.batchAtOne > 0.1;
    const largeFavoursBatch = figures.batchAtMost >= figures.layerAtMost - 0.03;
    const verdict = smallFavoursLayer ? (largeFavoursBatch ? 'supports' : 'unclear') : 'contradicts';
    return { verdict, figures };
  },
};
