import type { ExperimentName } from '../../experiments/all-experiments';
import type { Verdict } from '../../experiments/experiment';
import { shortFigure } from '../../widgets/figures';

export interface ExperimentText {
  readonly claim: string;
  readonly batchNorm: string;
  readonly layerNorm: string;
  readonly method: string;
  readonly x: string;
  readonly y: string;
  readonly conclude: (figures: Readonly<Record<string, number>>) => string;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const steps = (count: number) => (Number.isFinite(count) ? `after ${count} steps` : 'not at all in this run');

const verdicts: Record<Verdict, string> = {
  supports: '✓ This run supports the row.',
  contradicts: '✗ This run speaks against the row.',
  unclear: '~ This run decides nothing.',
};

const series: Record<string, string> = {
  none: 'no normalization',
  batchNorm: 'Batch Norm',
  layerNorm: 'Layer Norm',
  batchFeatures: 'Batch Norm, features',
  batchSamples: 'Batch Norm, samples',
  layerFeatures: 'Layer Norm, features',
  layerSamples: 'Layer Norm, samples',
  batchOffsets: 'Batch Norm, task with offsets',
  layerOffsets: 'Layer Norm, task with offsets',
  batchSizes: 'Batch Norm, task of sizes',
  layerSizes: 'Layer Norm, task of sizes',
  batchInference: 'Batch Norm, inference',
  batchTraining: 'Batch Norm, training',
};

const experiments: Record<ExperimentName, ExperimentText> = {
  whichGroup: {
    claim: 'What is normalized?',
    batchNorm: 'Each feature, over the mini-batch.',
    layerNorm: 'Each sample, over all its features.',
    method:
      'Sixty random batches of 48 samples with 32 features. Plotted is the largest mean that is left: of any feature over the batch, and of any sample over its features.',
    x: 'batch',
    y: 'largest mean left',
    conclude: ({ zero, free }) =>
      `Batch Norm’s features and Layer Norm’s samples have mean 0 (at most ${shortFigure(zero)}); the other two do not (${shortFigure(free)} and more).`,
  },
  miniBatch: {
    claim: 'Does a sample’s output depend on the others in the mini-batch?',
    batchNorm: 'Yes, in training.',
    layerNorm: 'No.',
    method: 'One sample is put among seven ever new neighbours. Plotted is the first number of its output.',
    x: 'mini-batch',
    y: 'y of the sample',
    conclude: ({ batchNorm, layerNorm }) =>
      `The same number moves over a range of ${shortFigure(batchNorm)} under Batch Norm and of ${shortFigure(layerNorm)} under Layer Norm.`,
  },
  batchSize: {
    claim: 'Which batch sizes does it suit?',
    batchNorm: 'Large ones: CNN and DNN with 16 samples and more.',
    layerNorm: 'Any, small ones and single samples too.',
    method:
      'A network with two hidden layers learns to tell four classes, 220 steps at each batch size. Plotted is the share of new samples it gets right; guessing gives about 25 %.',
    x: 'batch size',
    y: 'accuracy',
    conclude: ({ batchAtOne, layerAtOne, batchAtMost, layerAtMost }) =>
      `With a batch of 1: Batch Norm ${percent(batchAtOne)}, Layer Norm ${percent(layerAtOne)}. With 64: ${percent(batchAtMost)} and ${percent(layerAtMost)}.`,
  },
  sequences: {
    claim: 'Does it suit sequences?',
    batchNorm: 'Badly: statistics change from time step to time step and with length.',
    layerNorm: 'Well: RNN, LSTM, Transformer.',
    method:
      'A small recurrent network learns to remember the sign of a first number through seven more of noise, in batches of 8; then it is given sequences twice as long. Plotted is its accuracy at the length it is trained on. What the long ones show varies from seed to seed: sometimes Batch Norm gets through.',
    x: 'training step',
    y: 'accuracy',
    conclude: ({ batchNorm, layerNorm, batchNormLong, layerNormLong }) =>
      `At the length trained on: Batch Norm ${percent(batchNorm)}, Layer Norm ${percent(layerNorm)}. At twice that: ${percent(batchNormLong)} and ${percent(layerNormLong)}.`,
  },
  online: {
    claim: 'Can it learn online, one sample at a time?',
    batchNorm: 'No: the variance of one value is 0, every input becomes beta.',
    layerNorm: 'Yes.',
    method:
      '600 samples, each seen once and alone. Plotted is the loss, averaged over the last twenty or so.',
    x: 'sample',
    y: 'loss',
    conclude: ({ none, batchNorm, layerNorm }) =>
      `New samples it gets right: ${percent(batchNorm)} with Batch Norm, ${percent(layerNorm)} with Layer Norm, ${percent(none)} without either.`,
  },
  trainingSpeed: {
    claim: 'Does it speed up training?',
    batchNorm: 'Yes, most of all in deep networks.',
    layerNorm: 'Mostly, and less than Batch Norm on such data.',
    method:
      'The same network of five hidden layers, the same learning rate, 200 steps of 32 samples. Plotted is the loss.',
    x: 'training step',
    y: 'loss',
    conclude: ({ mark, none, batchNorm, layerNorm }) =>
      `A loss of ${shortFigure(mark)}, where the network without normalization ends, is reached by it ${steps(none)}, with Batch Norm ${steps(batchNorm)}, with Layer Norm ${steps(layerNorm)}.`,
  },
  slowerLayerNorm: {
    claim: 'Can it be the slower one?',
    batchNorm: 'Seldom with large batches.',
    layerNorm: 'In some cases: where features differ by offsets, or size is what counts.',
    method:
      'Two tasks. In one, features have offsets of their own: Batch Norm takes them away, Layer Norm cannot. In the other, only the size of a sample tells its class, and Layer Norm takes that away unless a bias helps it out.',
    x: 'training step',
    y: 'loss',
    conclude: ({ batchOffsets, layerOffsets, batchSizes, layerSizes }) =>
      `Loss at the end, features with offsets: Batch Norm ${shortFigure(batchOffsets)}, Layer Norm ${shortFigure(layerOffsets)}. Task of sizes: ${shortFigure(batchSizes)} and ${shortFigure(layerSizes)}.`,
  },
  initialWeights: {
    claim: 'Do initial weights matter less?',
    batchNorm: 'Yes: their size cancels out.',
    layerNorm: 'Yes, somewhat less.',
    method:
      'The same network, its first weights from 0.03 to 3 times the usual size, 100 steps each. Plotted is the share of new samples it gets right.',
    x: 'times the usual size',
    y: 'accuracy',
    conclude: ({ none, batchNorm, layerNorm }) =>
      `On average over the five sizes: ${percent(none)} without normalization, ${percent(batchNorm)} with Batch Norm, ${percent(layerNorm)} with Layer Norm.`,
  },
  generalization: {
    claim: 'Does it help generalization?',
    batchNorm: 'Often: the noise of the mini-batch acts as regularization.',
    layerNorm: 'Has no such noise.',
    method:
      '160 training samples, a fifth of them with a wrong class; 40 epochs. Plotted is the share of 1000 new samples that is right. How much it helps varies from seed to seed.',
    x: 'epoch',
    y: 'accuracy',
    conclude: ({ none, batchNorm }) =>
      `New samples right at the end: ${percent(none)} without, ${percent(batchNorm)} with Batch Norm.`,
  },
  cost: {
    claim: 'What does it cost?',
    batchNorm:
      'Least in inference: one multiplication and one addition. In training as much as Layer Norm or more.',
    layerNorm: 'Mean and variance at every call.',
    method:
      'Our WebAssembly kernels on 1024 × 768 float32 values, 40 rounds in turn, on this device, now. Plotted is the time of one call. It varies from run to run: unless three quarters of the rounds find the same one cheaper by 10 %, it counts as open.',
    x: 'round',
    y: 'ms',
    conclude: ({ batchInference, batchTraining, layerNorm }) =>
      `Medians: Batch Norm ${shortFigure(batchInference)} ms in inference and ${shortFigure(batchTraining)} ms in training, Layer Norm ${shortFigure(layerNorm)} ms.`,
  },
};

export default {
  question: 'Question',
  experiment: 'Experiment',
  run: 'Run',
  again: 'Run again',
  stop: 'Stop',
  hide: 'Close',
  seed: 'Seed',
  running: 'Running …',
  took: (seconds: string) => `${seconds} s`,
  failed: (why: string) => `The experiment stopped: ${why}`,
  linkHint: 'The address of this page holds the experiment and its seed: copy it to share the run.',
  shortVerdicts: { supports: '✓ supports', contradicts: '✗ against', unclear: '~ open' } as Record<
    Verdict,
    string
  >,
  withSeed: (seed: number) => `seed ${seed}`,
  verdicts,
  series,
  experiments,
};
