import type { Provider } from '@normlayers/onnx';
import type * as ort from 'onnxruntime-web';

/** The part of ONNX Runtime Web that is used: your own `import * as ort from 'onnxruntime-web'` has it. */
export type OnnxRuntime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

export type OrtTensor = ort.Tensor;

export type OrtSession = ort.InferenceSession;

/**
 * How a call becomes a graph. `accurate`: right for every input that has an answer. `native`: ONNX's operator as it
 * comes, with its errors.
 */
export type Strategy = 'accurate' | 'native';

export interface OnnxruntimeWebOptions {
  /** Your `onnxruntime-web` module. What you set on its `env` holds; nothing is set on it here. */
  readonly ort: OnnxRuntime;
  /** Default: `wasm`. */
  readonly provider?: Provider | undefined;
  /** Default: `accurate`. */
  readonly strategy?: Strategy | undefined;
  /**
   * For `webgpu`: whether the device has `shader-f16`, without which ONNX Runtime gives zeros for float16. Default: false.
   * `(await navigator.gpu.requestAdapter()).features.has('shader-f16')` tells.
   */
  readonly float16?: boolean | undefined;
}
