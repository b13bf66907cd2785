/**
 * What runs a graph, by the name of ONNX Runtime Web's execution provider. `webgpu` is either of the two that
 * onnxruntime-web ships: the build that is imported decides.
 */
export type Provider = 'wasm' | 'webgpu' | 'webgl' | 'webnn';
