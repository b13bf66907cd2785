export { tfjsAdapter } from './adapter';
export type { TensorFlow, TensorFlowWithLayers, TfTensor } from './framework';
export { type FastNormalization, useFastNormalization } from './layers/fast-normalization';
export { nativeTfjsAdapter } from './native';
export { createNorm, type Norm } from './norm';
export { type TensorFlowWithOperators, useNormOperators } from './operators/norm-operators';
export type { NormOptions, TfjsOptions } from './options';
