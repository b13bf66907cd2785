/** The experiments of the comparison, by name: apart from the experiments, so that a page can name them without a framework. */
export const EXPERIMENT_NAMES = [
  'whichGroup',
  'miniBatch',
  'batchSize',
  'sequences',
  'online',
  'trainingSpeed',
  'slowerLayerNorm',
  'initialWeights',
  'generalization',
  'cost',
] as const;

export type ExperimentName = (typeof EXPERIMENT_NAMES)[number];
