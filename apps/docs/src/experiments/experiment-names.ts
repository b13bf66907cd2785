/** The experiments of the comparison, by name: apart from the experiments, so that a page can name them without a framework. */
export const COMPARISON_NAMES = [
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

/** Those of the page about what came after. */
export const BEYOND_NAMES = [
  'learningRates',
  'groupNorm',
  'rmsNorm',
  'preNorm',
  'qkNorm',
  'batchRenorm',
  'ghostBatchNorm',
  'preciseBatchNorm',
  'filterResponseNorm',
  'dynamicTanh',
] as const;

export const EXPERIMENT_NAMES = [...COMPARISON_NAMES, ...BEYOND_NAMES];

export type ComparisonName = (typeof COMPARISON_NAMES)[number];
export type BeyondName = (typeof BEYOND_NAMES)[number];
export type ExperimentName = ComparisonName | BeyondName;
