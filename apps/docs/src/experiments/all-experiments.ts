import { batchSize } from './batch-size';
import { cost } from './cost';
import type { Experiment } from './experiment';
import { generalization } from './generalization';
import { initialWeights } from './initial-weights';
import { miniBatch } from './mini-batch';
import { online } from './online';
import { sequences } from './sequences';
import { slowerLayerNorm } from './slower-layer-norm';
import { trainingSpeed } from './training-speed';
import { whichGroup } from './which-group';

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
} as const satisfies Record<string, Experiment>;

export type ExperimentName = keyof typeof EXPERIMENTS;
