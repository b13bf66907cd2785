import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters } from '../training/clusters';
import { lineOf, lossCurve, stepsTo } from '../training/loss-curve';
import { Random } from '../training/random';

const NORMS = ['none', 'batchNorm', 'layerNorm'] as const;
const STEPS = 200;

/**
 * How soon each has come as far down as the network without normalization comes in three quarters of its way. The last
 * quarter would tell who ends lowest: the noise of mini-batches, which Batch Norm adds, counts for more there than speed.
 */
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
    const [first, last] = [curves[0][0], curves[0].at(-1)!];
    const mark = last + 0.25 * (first - last);
    const [none, batchNorm, layerNorm] = curves.map((curve) => stepsTo(curve, mark));
    const verdict = batchNorm < 0.8 * none ? 'supports' : batchNorm < none ? 'unclear' : 'contradicts';
    return { verdict, figures: { mark, none, batchNorm, layerNorm } };
  },
};
