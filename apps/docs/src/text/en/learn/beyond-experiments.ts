import type { BeyondName } from '../../../experiments/experiment-names';
import type { ExperimentText } from '../../../experiments/experiment-text';
import { shortFigure } from '../../../widgets/figures';

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const SMALL_BATCHES =
  'A network with two hidden layers learns to tell four classes from 2560 samples, in batches of 2 to 32, at a learning rate in proportion to them. Plotted is the share of new samples it gets right, in inference; guessing gives about 25 %.';

export const beyondSeries: Record<string, string> = {
  groupNorm: 'Group Norm',
  batchRenorm: 'Batch Renorm',
  dynamicTanh: 'DyT',
  apart: 'Layer Norm minus RMS Norm',
  pre: 'Pre-LN',
  post: 'Post-LN',
  postWarm: 'Post-LN, with warm-up',
  plain: 'q · k as it is',
  normalized: 'q and k normalized',
  noise: 'one sample’s output',
  running: 'running statistics',
  precise: 'population statistics',
  filterResponse: 'Filter Response Norm',
};

/** The experiments of the page about what came after. */
export const beyondExperiments: Record<BeyondName, ExperimentText> = {
  learningRates: {
    claim: 'Batch Norm allows larger learning rates',
    method:
      'The same network of three hidden layers at six learning rates, 100 steps each. Plotted is the share of new samples it gets right; above 40 % it counts as having learned.',
    holds: 'Holds for plain gradient descent; Adam scales its steps itself.',
    x: 'learning rate',
    y: 'accuracy',
    conclude: ({ noneLargest, batchLargest, noneBest, batchBest }) =>
      `The largest rate at which it learns: ${shortFigure(noneLargest)} without, ${shortFigure(batchLargest)} with Batch Norm. The best of the six: ${percent(noneBest)} and ${percent(batchBest)}.`,
  },
  groupNorm: {
    claim: 'Group Norm holds where batches are small',
    method: SMALL_BATCHES,
    holds:
      'Holds for features without offsets of their own, as these have: only Batch Norm takes such offsets away (row 6 of the comparison).',
    x: 'batch size',
    y: 'accuracy',
    conclude: ({ batchAtTwo, groupAtTwo, batchAtMost, groupAtMost }) =>
      `With a batch of 2: Batch Norm ${percent(batchAtTwo)}, Group Norm ${percent(groupAtTwo)}. With 32: ${percent(batchAtMost)} and ${percent(groupAtMost)}.`,
  },
  rmsNorm: {
    claim: 'RMS Norm is Layer Norm exactly where the mean is 0',
    method:
      'Rows of 64 numbers, each with its opposite in the row, so that their mean is 0 to the last bit; then the same rows moved away from zero. Plotted is the largest difference between the two outputs.',
    holds:
      'Holds always: with a mean of 0 the two formulas are one. Residual streams are rarely far from it.',
    x: 'mean over standard deviation',
    y: 'largest difference',
    conclude: ({ atZero, atOne, atMost }) =>
      `Largest difference with a mean of 0: ${shortFigure(atZero)}. One standard deviation away: ${shortFigure(atOne)}. Four: ${shortFigure(atMost)}.`,
  },
  preNorm: {
    claim: 'Post-LN needs a warm-up, Pre-LN does not',
    method:
      'Twelve residual blocks of two dense layers, Adam at a large learning rate; with warm-up it grows over the first half. Plotted is the loss.',
    holds:
      'In 20 seeds Pre-LN ended lowest in every one; the warm-up took more than a sixth off Post-LN’s loss in 14. Holds for deep stacks at large learning rates; at small ones both train. There is no attention here.',
    x: 'training step',
    y: 'loss',
    conclude: ({ pre, post, postWarm, preGradient, postGradient }) =>
      `Loss at the end: Pre-LN ${shortFigure(pre)}, Post-LN ${shortFigure(post)}, with warm-up ${shortFigure(postWarm)}. The first gradient of the last block: ${shortFigure(preGradient)} and ${shortFigure(postGradient)}.`,
  },
  qkNorm: {
    claim: 'Normalized queries and keys do not saturate the softmax',
    method:
      'Attention among 32 tokens with random queries and keys of 64 numbers, scaled up. Plotted is the entropy of its softmax in bits: 5 are an even choice among all, 0 is one token and nothing else. Here RMS Norm takes the place of the division by the length, and the usual 1/√64 that of g.',
    holds: 'Holds for the size of queries and keys; a learned g may make the softmax as sharp as it likes.',
    x: 'standard deviation of q and k',
    y: 'entropy, bits',
    conclude: ({ plainAtOne, plainAtMost, normalizedAtOne, normalizedAtMost }) =>
      `From a size of 1 to one of 10: ${shortFigure(plainAtOne)} bits become ${shortFigure(plainAtMost)}; normalized, ${shortFigure(normalizedAtOne)} stay ${shortFigure(normalizedAtMost)}.`,
  },
  batchRenorm: {
    claim: 'Batch Renorm mends small batches',
    method: `${SMALL_BATCHES} r and d are let free between steps 30 and 90.`,
    holds:
      'Varies with how soon r and d are let free: too soon, and the running statistics they trust are not there yet.',
    x: 'batch size',
    y: 'accuracy',
    conclude: ({ batchAtTwo, renormAtTwo, batchAtMost, renormAtMost }) =>
      `With a batch of 2: Batch Norm ${percent(batchAtTwo)}, Batch Renorm ${percent(renormAtTwo)}. With 32: ${percent(batchAtMost)} and ${percent(renormAtMost)}.`,
  },
  ghostBatchNorm: {
    claim: 'Ghost batches bring back the noise of small ones',
    method:
      'One sample in batches of 64 whose others are drawn anew, 60 times, split into ghost batches. Plotted is the standard deviation of its output, on average over its 16 features.',
    holds:
      'Holds always. Whether this noise helps a model to generalize is the paper’s claim, and is not tested here.',
    x: 'samples in a ghost batch',
    y: 'deviation of the output',
    conclude: ({ smallest, whole }) =>
      `Ghost batches of 4: ${shortFigure(smallest)}. The whole batch of 64: ${shortFigure(whole)}.`,
  },
  preciseBatchNorm: {
    claim: 'Running statistics lag behind the weights',
    method:
      'The same network after every 10 steps of training, in inference: with running statistics of momentum 0.99, the default of Keras, and with those of 256 samples computed anew. Plotted is the share of new samples it gets right.',
    holds: 'Holds early in training and for slow momentum; once weights stand still, both agree.',
    x: 'training step',
    y: 'accuracy',
    conclude: ({ running, precise, runningLast, preciseLast }) =>
      `On average over training: ${percent(running)} with running statistics, ${percent(precise)} with those computed anew. At the end: ${percent(runningLast)} and ${percent(preciseLast)}.`,
  },
  filterResponseNorm: {
    claim: 'Filter Response Norm depends on no other sample',
    method:
      'One sample of 8 channels among seven ever new neighbours, with 1 to 64 positions. Plotted is the most that any number of its output has moved since the first mini-batch.',
    holds:
      'Holds always. What it needs are positions: with a single one a number is divided by its own size, and only its sign is left.',
    x: 'positions',
    y: 'y moved by',
    conclude: ({ batchNorm, filterResponse, spreadAtOne, spreadAtMost }) =>
      `Moved by ${shortFigure(batchNorm)} and more under Batch Norm, by ${shortFigure(filterResponse)} under Filter Response Norm. The sizes of its outputs differ by ${shortFigure(spreadAtOne)} with one position, by ${shortFigure(spreadAtMost)} with 64.`,
  },
  dynamicTanh: {
    claim: 'In a small network a tanh lags behind Layer Norm',
    method:
      'The same network of three hidden layers with Layer Norm or with DyT in its place, on inputs of 0.1 to 100 times their usual size, 100 steps of plain gradient descent each. Plotted is the share of new samples it gets right.',
    holds:
      'Holds for this network, and for a learning rate that suits Layer Norm. The Transformers of the papers are large and trained with AdamW: what they show is not contradicted here.',
    x: 'times the usual size',
    y: 'accuracy',
    conclude: ({ layerNorm, dynamicTanh, layerLeast, tanhLeast }) =>
      `At the usual size: Layer Norm ${percent(layerNorm)}, DyT ${percent(dynamicTanh)}. At the worst of the four: ${percent(layerLeast)} and ${percent(tanhLeast)}.`,
  },
};
