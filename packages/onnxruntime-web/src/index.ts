export type { OnnxRuntime, OnnxruntimeWebOptions, OrtTensor, Strategy } from './framework';
export { createNorm, type Norm } from './norm';
export { nativeOnnxruntimeWebAdapter, onnxruntimeWebAdapter } from './onnxruntime-web-adapter';
export type { Provider } from './provider';
export { inTurn } from './turns';
