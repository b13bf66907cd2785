export type { Provider } from '@normlayers/onnx';
export { onnxruntimeWebAdapter } from './adapter';
export { createNorm, type Norm } from './norm';
export type { OnnxruntimeWebOptions, Strategy } from './options';
export type { OnnxRuntime, OrtTensor } from './runtime/framework';
export { inTurn } from './runtime/turns';
