import { batchRenorm } from './beyond/batch-renorm';
import { dynamicTanh } from './beyond/dynamic-tanh';
import { filterResponseNorm } from './beyond/filter-response-norm';
import { ghostBatchNorm } from './beyond/ghost-batch-norm';
import { groupNorm } from './beyond/group-norm';
import { learningRates } from './beyond/learning-rates';
import { preNorm } from './beyond/pre-norm';
import { preciseBatchNorm } from './beyond/precise-batch-norm';
import { qkNorm } from './beyond/qk-norm';
import { rmsNorm } from './beyond/rms-norm';
import type { Experiment } from './experiment';
import type { ExperimentName } from './experiment-names';
import { batchSize } from './trials/batch-size';
import { cost } from './trials/cost';
import { generalization } from './trials/generalization';
import { initialWeights } from './trials/initial-weights';
import { miniBatch } from './trials/mini-batch';
import { online } from './trials/online';
import { sequences } from './trials/sequences';
import { slowerLayerNorm } from './trials/slower-layer-norm';
import { trainingSpeed } from './trials/training-speed';
import { whichGroup } from './trials/which-group';

/** The experiments of the comparison, in the order of its table, and of what came after. */
export const EXPERIMENTS = {
  whichGroup,
  miniBatch,
  batchSize,
  sequences,
  online,
  trainingSpeed,
  slowerLayerNorm,
  initialWeights,
  generalization,
  cost,
  learningRates,
  groupNorm,
  rmsNorm,
  preNorm,
  qkNorm,
  batchRenorm,
  ghostBatchNorm,
  preciseBatchNorm,
  filterResponseNorm,
  dynamicTanh,
} as const satisfies Record<ExperimentName, Experiment>;
