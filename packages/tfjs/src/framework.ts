import type * as tfjs from '@tensorflow/tfjs-core';

/**
 * What is used of TensorFlow.js: the `tf` of `@tensorflow/tfjs` or of `@tensorflow/tfjs-core` 4, whichever
 * the caller has. Nothing of it is bundled, and no second copy is loaded.
 */
export type TensorFlow = Pick<
  typeof tfjs,
  | 'abs'
  | 'add'
  | 'backend'
  | 'batchNorm2d'
  | 'batchNorm3d'
  | 'batchNorm4d'
  | 'customGrad'
  | 'dispose'
  | 'div'
  | 'engine'
  | 'env'
  | 'equal'
  | 'getBackend'
  | 'getGradient'
  | 'grads'
  | 'greaterEqual'
  | 'keep'
  | 'matMul'
  | 'mean'
  | 'moments'
  | 'mul'
  | 'neg'
  | 'ones'
  | 'onesLike'
  | 'pad'
  | 'ready'
  | 'reshape'
  | 'rsqrt'
  | 'scalar'
  | 'setBackend'
  | 'square'
  | 'sub'
  | 'sum'
  | 'tensor'
  | 'tidy'
  | 'tile'
  | 'transpose'
  | 'where'
  | 'zeros'
>;

/** The `tf` of `@tensorflow/tfjs`, or of tfjs-core alone, which has no layers. */
export interface TensorFlowWithLayers extends TensorFlow {
  readonly layers?: {
    layerNormalization(args?: object): object;
    batchNormalization(args?: object): object;
  };
  getKernel(name: string, backend: string): object | null | undefined;
  registerKernel(kernel: never): void;
  unregisterKernel(name: string, backend: string): void;
}

export type TfTensor = tfjs.Tensor;

/** A tensor as TensorFlow.js's backends hand it about: one that no tidy knows of, freed by hand. */
export interface TensorInfo {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: 'float32';
}

/** Frees the tensors of a result, which TensorFlow.js's types ask to be an index of tensors. */
export function disposeAll(tf: TensorFlow, tensors: object): void {
  tf.dispose(tensors as Record<string, TfTensor>);
}

/** tf.tidy for a function that gives tensors by name. */
export function tidied<T extends object>(tf: TensorFlow, compute: () => T): T {
  return tf.tidy(() => compute() as Record<string, TfTensor>) as T;
}
