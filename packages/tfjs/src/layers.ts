/**
 * The normalization layers of Keras that TensorFlow.js lacks.
 *
 * @module
 */
export type { BatchNormalizationArguments } from './layers/keras/batch-normalization';
export type {
  GroupNormalizationArguments,
  InstanceNormalizationArguments,
} from './layers/keras/group-normalization';
export type { LayerArguments, TensorFlowLayers } from './layers/keras/layer-class';
export { type NormLayers, useNormLayers } from './layers/keras/norm-layers';
export type { AffineArguments } from './layers/keras/parameters';
export type { RmsNormalizationArguments } from './layers/keras/rms-normalization';
