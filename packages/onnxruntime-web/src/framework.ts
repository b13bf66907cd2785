import type * as ort from 'onnxruntime-web';

/** The part of ONNX Runtime Web that is used: your own `import * as ort from 'onnxruntime-web'` has it. */
export type OnnxRuntime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

export type OrtTensor = ort.Tensor;

export type OrtSession = ort.InferenceSession;

/** An execution provider. More will come. */
export type Provider = 'wasm';

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
}
