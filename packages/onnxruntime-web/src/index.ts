export type { Provider } from '@normlayers/onnx';
export type { OnnxRuntime, OnnxruntimeWebOptions, OrtTensor, Strategy } from './framework';
export { createNorm, type Norm } from './norm';
export { nativeOnnxruntimeWebAdapter, onnxruntimeWebAdapter } from './onnxruntime-web-adapter';
export { inTurn } from './turns';
