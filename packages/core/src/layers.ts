/**
 * Layers that keep their state, for people without a framework: parameters, running statistics, training and inference.
 *
 * @module
 */
export { BatchNorm, type BatchNormOptions } from './layers/batch-norm';
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm';
export type { LayerGradients, LayerOptions } from './layers/norm-layer';
