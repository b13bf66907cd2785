export {
  type FastNormalization,
  type TensorFlowWithLayers,
  useFastNormalization,
} from './fast-normalization';
export type { TensorFlow } from './framework';
export { nativeTfjsAdapter } from './native-adapter';
export { createNorm, type Norm } from './norm';
export { tfjsAdapter } from './tfjs-adapter';
export type { TfjsOptions } from './tfjs-backend';
