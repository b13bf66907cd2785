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

/** The experiments of the comparison, in the order of its table. */
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
} as const satisfies Record<ExperimentName, Experiment>;
