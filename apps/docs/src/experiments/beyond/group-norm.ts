import type { Experiment } from '../experiment';
import { accuracyByBatchSize } from '../training/accuracy-by-batch-size';

const NORMS = ['batchNorm', 'groupNorm'] as const;

/** Group Norm beside Batch Norm as the batch gets smaller (Wu and He 2018, figure 1). */
export const groupNorm: Experiment = {
  series: NORMS,
  logarithmic: { x: true },
  async run(seed, emit) {
    const at = await accuracyByBatchSize(NORMS, seed, emit);
    const figures = {
      batchAtTwo: at('batchNorm', 2),
      groupAtTwo: at('groupNorm', 2),
      batchAtMost: at('batchNorm', 32),
      groupAtMost: at('groupNorm', 32),
    };
    const gain = figures.groupAtTwo - figures.batchAtTwo;
    return { verdict: gain > 0.05 ? 'supports' : gain > -0.02 ? 'unclear' : 'contradicts', figures };
  },
};
