import type { Experiment } from '../experiment';
import { accuracyByBatchSize } from '../training/accuracy-by-batch-size';

const NORMS = ['batchNorm', 'batchRenorm'] as const;

/** Batch Renorm beside Batch Norm as the batch gets smaller (Ioffe 2017, section 4.2). */
export const batchRenorm: Experiment = {
  series: NORMS,
  logarithmic: { x: true },
  async run(seed, emit) {
    const at = await accuracyByBatchSize(NORMS, seed, emit);
    const figures = {
      batchAtTwo: at('batchNorm', 2),
      renormAtTwo: at('batchRenorm', 2),
      batchAtMost: at('batchNorm', 32),
      renormAtMost: at('batchRenorm', 32),
    };
    const gain = figures.renormAtTwo - figures.batchAtTwo;
    return { verdict: gain > 0.05 ? 'supports' : gain > -0.02 ? 'unclear' : 'contradicts', figures };
  },
};
