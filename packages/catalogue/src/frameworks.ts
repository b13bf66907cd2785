import type * as jax from '@jax-js/jax';
import type { OrtBuild, TfjsWasmBuild } from '@normlayers/browsers/page';
import type { OnnxRuntime } from '@normlayers/onnxruntime-web';
import type * as tfjs from '@tensorflow/tfjs';

export type { OrtBuild, TfjsWasmBuild };

/** How the frameworks are loaded where the back ends run: the only thing in which Node, a page and a bundle differ. */
export interface Frameworks {
  /** onnxruntime-web, in one of its builds. */
  ort(build: OrtBuild): Promise<OnnxRuntime>;
  /** All of TensorFlow.js with a backend of its registered. `build` is one of the wasm backend's. */
  tfjs(backend: string, build?: TfjsWasmBuild): Promise<typeof tfjs>;
  jax(): Promise<typeof jax>;
}
