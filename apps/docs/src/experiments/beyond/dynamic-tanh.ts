import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters, type Samples } from '../training/clusters';
import { Random } from '../training/random';

const NORMS = ['layerNorm', 'dynamicTanh'] as const;
const SIZES = [0.1, 1, 10, 100] as const;
const STEPS = 100;

/** DyT in the place of Layer Norm in a small network, on inputs of very different sizes. */
export const dynamicTanh: Experiment = {
  series: NORMS,
  logarithmic: { x: true },
  async run(seed, emit) {
    const framework = await openFramework();
    const [layerNorm, tanh] = NORMS.map((norm) =>
      SIZES.map((size) => {
        const random = new Random(seed);
        const source = clusters(random, 0);
        const draw = (count: number) => sized(source(count), size);
        const test = draw(600);
        const options = { norm, hidden: [32, 32, 32], learningRate: 0.05 };
        const network = new DenseNetwork(framework, random, options);
        for (let step = 0; step < STEPS; step++) network.step(draw(32));
        const accuracy = network.accuracy(test);
        emit(norm, size, accuracy);
        network.dispose();
        return accuracy;
      }),
    );
    const usual = SIZES.indexOf(1);
    const figures = {
      layerNorm: layerNorm[usual],
      dynamicTanh: tanh[usual],
      layerLeast: Math.min(...layerNorm),
      tanhLeast: Math.min(...tanh),
    };
    const behind = figures.layerNorm - figures.dynamicTanh;
    return { verdict: behind > 0.05 ? 'supports' : behind > 0 ? 'unclear' : 'contradicts', figures };
  },
};

function sized(samples: Samples, size: number): Samples {
  return { ...samples, x: samples.x.map((value) => value * size) };
}
