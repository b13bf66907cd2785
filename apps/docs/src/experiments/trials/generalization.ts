import type { Experiment } from '../experiment';
import { DenseNetwork } from '../networks/dense-network';
import { openFramework } from '../networks/norm-layer';
import { CLASSES, clusters, type Samples } from '../training/clusters';
import { Random } from '../training/random';

const NORMS = ['none', 'batchNorm'] as const;
const TRAINING = 160;
const BATCH = 16;
const EPOCHS = 40;

/** Few samples, a fifth of them with a wrong class: how much of what is learned holds for new ones? */
export const generalization: Experiment = {
  series: NORMS,
  async run(seed, emit) {
    const framework = await openFramework();
    const [none, batchNorm] = NORMS.map((norm) => {
      const random = new Random(seed);
      const draw = clusters(random);
      const training = withWrongClasses(draw(TRAINING), random);
      const test = draw(1000);
      const network = new DenseNetwork(framework, random, { norm, hidden: [48, 48], learningRate: 0.05 });
      let accuracy = 0;
      for (let epoch = 1; epoch <= EPOCHS; epoch++) {
        for (let step = 0; step < TRAINING / BATCH; step++) network.step(miniBatch(training, random));
        accuracy = network.accuracy(test);
        emit(norm, epoch, accuracy);
      }
      network.dispose();
      return accuracy;
    });
    const gain = batchNorm - none;
    const verdict = gain > 0.02 ? 'supports' : gain < -0.02 ? 'contradicts' : 'unclear';
    return { verdict, figures: { none, batchNorm } };
  },
};

function withWrongClasses(samples: Samples, random: Random): Samples {
  const classes = samples.classes.map((own) => (random.uniform() < 0.2 ? random.below(CLASSES) : own));
  return { ...samples, classes };
}

function miniBatch({ x, classes, count, features }: Samples, random: Random): Samples {
  const chosen = Array.from({ length: BATCH }, () => random.below(count));
  const batch = new Float32Array(BATCH * features);
  chosen.forEach((sample, i) => {
    batch.set(x.subarray(sample * features, (sample + 1) * features), i * features);
  });
  return { x: batch, classes: Int32Array.from(chosen, (sample) => classes[sample]), count: BATCH, features };
}
