import type { Experiment } from '../experiment';
import { accuracyByBatchSize } from './accuracy-by-batch-size';

/** A norm beside Batch Norm as the batch gets smaller; `short` is its name among the figures. */
export function besideBatchNorm(norm: 'groupNorm' | 'batchRenorm', short: string): Experiment {
  const norms = ['batchNorm', norm] as const;
  return {
    series: norms,
    logarithmic: { x: true },
    async run(seed, emit) {
      const at = await accuracyByBatchSize(norms, seed, emit);
      const figures = {
        batchAtTwo: at('batchNorm', 2),
        [`${short}AtTwo`]: at(norm, 2),
        batchAtMost: at('batchNorm', 32),
        [`${short}AtMost`]: at(norm, 32),
      };
      const gain = at(norm, 2) - at('batchNorm', 2);
      return { verdict: gain > 0.05 ? 'supports' : gain > -0.02 ? 'unclear' : 'contradicts', figures };
    },
  };
}
