import type { Experiment } from '../experiment';
import { openFramework } from '../networks/norm-layer';
import { ResidualNetwork } from '../networks/residual-network';
import { clusters } from '../training/clusters';
import { lineOf, lossCurve } from '../training/loss-curve';
import { Random } from '../training/random';

const STEPS = 160;
const WARM_UP = 80;
const LEARNING_RATE = 0.02;

/** A deep stack of residual blocks at a large learning rate, its Layer Norms inside the branches or after the sums. */
export const preNorm: Experiment = {
  series: ['pre', 'post', 'postWarm'],
  async run(seed, emit) {
    const framework = await openFramework();
    const figures: Record<string, number> = {};
    for (const series of ['pre', 'post', 'postWarm'] as const) {
      const random = new Random(seed);
      const draw = clusters(random, 0);
      const network = new ResidualNetwork(framework, random, {
        place: series === 'pre' ? 'pre' : 'post',
        learningRate: LEARNING_RATE,
        warmUp: series === 'postWarm' ? WARM_UP : 0,
      });
      if (series !== 'postWarm') figures[`${series}Gradient`] = network.lastBlockGradient(draw(32));
      figures[series] = lossCurve(network, () => draw(32), STEPS, lineOf(emit, series)).at(-1)!;
      network.dispose();
    }
    const needs = figures.post > 1.2 * figures.postWarm;
    const doesNot = figures.pre < figures.postWarm;
    const verdict = needs && doesNot ? 'supports' : needs || doesNot ? 'unclear' : 'contradicts';
    return { verdict, figures };
  },
};
