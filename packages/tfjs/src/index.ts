export { tfjsAdapter } from './adapter';
export type { TensorFlow } from './framework';
export {
  type FastNormalization,
  type TensorFlowWithLayers,
  useFastNormalization,
} from './layers/fast-normalization';
export { nativeTfjsAdapter } from './native/adapter';
export { createNorm, type Norm } from './norm';
export type { TfjsOptions } from './tfjs-backend';
