import type { Verdict } from '../../../experiments/experiment';
import type { ComparisonName, ExperimentName } from '../../../experiments/experiment-names';
import type { ExperimentText } from '../../../experiments/experiment-text';
import { shortFigure } from '../../../widgets/figures';
import { beyondExperiments, beyondSeries } from './beyond-experiments';

/** The rows that every comparison of the two has. */
export type RowName = 'what' | 'dependence' | 'suits' | 'cost' | 'advantages' | 'limits';

export interface RowText {
  readonly title: string;
  readonly batchNorm: string;
  readonly layerNorm: string;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const steps = (count: number) => (Number.isFinite(count) ? `after ${count} steps` : 'not at all in this run');

const verdicts: Record<Verdict, string> = {
  supports: '✓ This run supports the claim.',
  contradicts: '✗ This run speaks against the claim.',
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

const experiments: Record<ComparisonName, ExperimentText> = {
  whichGroup: {
    claim: 'What is normalized?',
    batchNorm: 'Each feature, over the mini-batch.',
    layerNorm: 'Each sample, over all its features.',
    method:
      'Sixty random batches of 48 samples with 32 features. Plotted is the largest mean that is left: of any feature over the batch, and of any sample over its features.',
    holds:
      'Holds always: it is the definition. Gamma and beta would move the means again; here they are 1 and 0.',
    x: 'batch',
    y: 'largest mean left',
    conclude: ({ zero, free }) =>
      `Batch Norm’s features and Layer Norm’s samples have mean 0 (at most ${shortFigure(zero)}); the other two do not (${shortFigure(free)} and more).`,
  },
  miniBatch: {
    claim: 'Does a sample’s output depend on the others in the mini-batch?',
    batchNorm: 'Yes, in training.',
    layerNorm: 'No.',
    method:
      'One sample is put among seven ever new neighbours. Plotted is how far the first number of its output has moved since the first mini-batch.',
    holds:
      'Holds in training. In inference Batch Norm takes running statistics, and no sample depends on another.',
    x: 'mini-batch',
    y: 'y moved by',
    conclude: ({ batchNorm, layerNorm }) =>
      `The same number moves over a range of ${shortFigure(batchNorm)} under Batch Norm and of ${shortFigure(layerNorm)} under Layer Norm.`,
  },
  batchSize: {
    claim: 'Which batch sizes does it suit?',
    batchNorm: 'Large ones: CNN and DNN with 16 samples and more.',
    layerNorm: 'Any, small ones and single samples too.',
    method:
      'A network with two hidden layers learns to tell four classes, 220 steps at each batch size. Plotted is the share of new samples it gets right; guessing gives about 25 %.',
    holds:
      'Holds for statistics of the batch alone. Batch Renorm and Ghost Batch Norm move the limit; synchronized statistics make one large batch of several devices.',
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
    holds:
      'Holds for one set of running statistics for all time steps. With a set for each step (Cooijmans 2016) Batch Norm learns sequences, of the lengths that it has seen.',
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
    holds:
      'Holds for features of one number. A convolution still has its positions, and frozen statistics make Batch Norm a constant scale.',
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
    holds:
      'Holds at one learning rate for all three, on the way. Toward the end the noise of its mini-batches costs Batch Norm some of the lead: in 6 of 30 seeds it came to the last loss of the network without normalization later than that itself. In shallow networks with careful first weights the difference is small.',
    x: 'training step',
    y: 'loss',
    conclude: ({ mark, none, batchNorm, layerNorm }) =>
      `A loss of ${shortFigure(mark)}, three quarters of the way down for the network without normalization, is reached by it ${steps(none)}, with Batch Norm ${steps(batchNorm)}, with Layer Norm ${steps(layerNorm)}.`,
  },
  slowerLayerNorm: {
    claim: 'Can it be the slower one?',
    batchNorm: 'Seldom with large batches.',
    layerNorm: 'In some cases: where features differ by offsets, or size is what counts.',
    method:
      'Two tasks. In one, features have offsets of their own: Batch Norm takes them away, Layer Norm cannot. In the other, only the size of a sample tells its class, and Layer Norm takes that away unless a bias helps it out.',
    holds:
      'Holds for data whose features differ by offsets and for tasks where size is the message; where tokens are embedded first, neither is the case.',
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
    holds: 'Holds for the size of weights. Their direction matters as before.',
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
    holds: 'Varies: with more data, or with dropout and weight decay beside it, the gain shrinks or is gone.',
    x: 'epoch',
    y: 'accuracy',
    conclude: ({ none, batchNorm }) =>
      `New samples right at the end: ${percent(none)} without, ${percent(batchNorm)} with Batch Norm.`,
  },
  cost: {
    claim: 'What does it cost?',
    batchNorm:
      'Fewest operations in inference: one multiplication and one addition. In training as much as Layer Norm or more.',
    layerNorm: 'Mean and variance at every call.',
    method:
      'Our WebAssembly kernels on 1024 × 768 float32 values, 40 rounds in turn, on this device, now. Plotted is the time of one call. It varies from run to run: unless three quarters of the rounds find the same one cheaper by 10 %, it counts as open.',
    holds:
      'Kernels that wait for memory, as these do, take much the same time for both, and the row stays open; it holds where arithmetic counts. Folded into the layer before it, Batch Norm costs nothing at all.',
    x: 'round',
    y: 'ms',
    conclude: ({ batchInference, batchTraining, layerNorm }) =>
      `A call takes, by the median of its rounds: Batch Norm ${shortFigure(batchInference)} ms in inference and ${shortFigure(batchTraining)} ms in training, Layer Norm ${shortFigure(layerNorm)} ms.`,
  },
};

export default {
  rows: {
    what: {
      title: 'What is normalized',
      batchNorm: 'Each feature or channel, over the samples of the mini-batch.',
      layerNorm: 'Each sample, over all its features.',
    },
    dependence: {
      title: 'Dependence on the mini-batch',
      batchNorm:
        'In training each output depends on every sample of the mini-batch; in inference on running statistics.',
      layerNorm: 'None, in training or inference.',
    },
    suits: {
      title: 'What it suits',
      batchNorm: 'CNN and DNN with large batches.',
      layerNorm: 'RNN, LSTM and Transformer; small batches and single samples.',
    },
    cost: {
      title: 'Cost',
      batchNorm: 'Efficient in large batches, and in inference, where its statistics are constants.',
      layerNorm: 'Statistics of every sample at every call.',
    },
    advantages: {
      title: 'Advantages',
      batchNorm: 'Faster training, often better generalization, less care for initial weights.',
      layerNorm:
        'Faster training and less care for initial weights too, and no dependence on the batch size: sequences and online learning work (rows 2, 3 and 6).',
    },
    limits: {
      title: 'Limits',
      batchNorm: 'Small batches, sequences, online learning (row 3 has the first two).',
      layerNorm: 'Slower training in some cases.',
    },
  } as Record<RowName, RowText>,
  sides: ['Batch Norm', 'Layer Norm'] as readonly [string, string],
  recordedRuns: ({ supports, unclear, contradicts }: Record<Verdict, number>) =>
    [
      `Of ${supports + unclear + contradicts} recorded runs ${supports} ${supports === 1 ? 'supports' : 'support'} the claim`,
      ...(unclear > 0 ? [`${unclear} ${unclear === 1 ? 'decides' : 'decide'} nothing`] : []),
      ...(contradicts > 0 ? [`${contradicts} ${contradicts === 1 ? 'speaks' : 'speak'} against it`] : []),
    ]
      .join(', ')
      .concat('.'),
  medians: 'Medians of the seeds:',
  recordedNote: (node: string, date: string) =>
    `The plots are recorded runs with seeds 1 to 5: the median as a line, the spread from least to most as a band. Recorded in Node ${node} on ${date}; “Run it here” draws your own run over them, thick.`,
  run: 'Run it here',
  again: 'Run again',
  stop: 'Stop',
  seed: 'Seed',
  idle: 'Your run is drawn over the plot; what comes of it is told here.',
  running: 'Running …',
  took: (seconds: string) => `${seconds} s`,
  failed: (why: string) => `The experiment stopped: ${why}`,
  linkHint: 'The address of this page holds the experiment and its seed: copy it to share the run.',
  verdicts,
  series: { ...series, ...beyondSeries },
  experiments: { ...experiments, ...beyondExperiments } as Record<ExperimentName, ExperimentText>,
};
