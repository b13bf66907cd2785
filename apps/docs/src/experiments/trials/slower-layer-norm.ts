import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { clusters, FEATURES, type Samples } from '../training/clusters';
import { lineOf, lossCurve } from '../training/loss-curve';
import { Random } from '../training/random';

const NORMS = ['batchNorm', 'layerNorm'] as const;
const STEPS = 200;

/** Two tasks: features with offsets of their own, which only Batch Norm takes away; and samples told apart by their size. */
export const slowerLayerNorm: Experiment = {
  series: ['batchOffsets', 'layerOffsets', 'batchSizes', 'layerSizes'],
  async run(seed, emit) {
    const framework = await openFramework();
    const figures: Record<string, number> = {};
    for (const norm of NORMS) {
      for (const task of ['Offsets', 'Sizes'] as const) {
        const random = new Random(seed);
        const draw = task === 'Offsets' ? clusters(random) : (count: number) => sized(random, count);
        const options = { norm, hidden: [32, 32], learningRate: 0.05 };
        const network = new DenseNetwork(framework, random, options);
        const series = `${norm === 'batchNorm' ? 'batch' : 'layer'}${task}`;
        figures[series] = lossCurve(network, () => draw(32), STEPS, lineOf(emit, series)).at(-1)!;
        network.dispose();
      }
    }
    const slower = [figures.layerOffsets / figures.batchOffsets, figures.layerSizes / figures.batchSizes];
    const most = Math.max(...slower);
    return { verdict: most > 1.2 ? 'supports' : most > 1 ? 'unclear' : 'contradicts', figures };
  },
};

/** Directions at random; class 0 has length 1, class 1 length 2. */
function sized(random: Random, count: number): Samples {
  const x = random.normals(count * FEATURES);
  const classes = Int32Array.from({ length: count }, () => random.below(2));
  for (let sample = 0; sample < count; sample++) {
    const row = x.subarray(sample * FEATURES, (sample + 1) * FEATURES);
    const length = Math.hypot(...row);
    for (let i = 0; i < FEATURES; i++) row[i] *= (1 + classes[sample]) / length;
  }
  return { x, classes, count, features: FEATURES };
}
