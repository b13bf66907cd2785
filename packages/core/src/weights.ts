/**
 * Batch Norm's weights outside of a call: between frameworks, and into the layer next to it. An entry of its own, because a
 * page that only normalizes has no use for it, and not every bundler leaves out what is not called.
 *
 * @module
 */
export {
  type ConvertedWeights,
  type ConvertOptions,
  convertWeights,
  type LayerWeights,
  type WeightChange,
} from './weights/convert-weights';
export {
  type FoldedBatchNorm,
  type FoldedLayer,
  foldIntoFollowing,
  foldIntoPreceding,
  type LinearLayer,
} from './weights/fold';
export { type FoundLayer, layersOf } from './weights/layers-of';
export {
  PARAMETER_NAMES,
  PARAMETER_ROLES,
  type ParameterNames,
  type ParameterRole,
  parameterNames,
} from './weights/parameter-names';
export { WEIGHT_LAYOUTS, type WeightIndices, type WeightLayout } from './weights/weight-layouts';
