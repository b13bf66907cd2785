import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { lineOf, lossCurve, stepsTo } from '../training/loss-curve';
import { Random } from '../training/random';

const NORMS = ['none', 'batchNorm', 'layerNorm'] as const;
const STEPS = 200;

/** How soon each reaches the loss at which the network without normalization ends. */
export const trainingSpeed: Experiment = {
  series: NORMS,
  async run(seed, emit) {
    const framework = await openFramework();
    const curves = NORMS.map((norm) => {
      const random = new Random(seed);
      const draw = clusters(random);
      const network = new DenseNetwork(framework, random, {
        norm,
        hidden: [24, 24, 24, 24, 24],
        learningRate: 0.1,
      });
      const curve = lossCurve(network, () => draw(32), STEPS, lineOf(emit, norm));
      network.dispose();
      return curve;
    });
    const mark = curves[0].at(-1)!;
    const [none, batchNorm, layerNorm] = curves.map((curve) => stepsTo(curve, mark));
    const verdict = batchNorm < 0.8 * none ? 'supports' : batchNorm < none ? 'unclear' : 'contradicts';
    return { verdict, figures: { mark, none, batchNorm, layerNorm } };
  },
};
