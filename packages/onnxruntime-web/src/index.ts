export type { OnnxRuntime, OnnxruntimeWebOptions, OrtTensor, Provider, Strategy } from './framework';
export { createNorm, type Norm } from './norm';
export { nativeOnnxruntimeWebAdapter, onnxruntimeWebAdapter } from './onnxruntime-web-adapter';
export { inTurn } from './turns';
