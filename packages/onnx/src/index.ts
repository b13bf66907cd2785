export {
  accurateFrame,
  accurateGraphCall,
  fastGraphCall,
  type GraphCall,
  MOST_WEBGL_AXES,
  nativeGraphCall,
  outputShape,
  outputTypes,
  typesOf,
} from './graph-calls';
export { graphOf } from './graph-of';
export {
  ARGUMENTS,
  type ArgumentName,
  CallGraph,
  type DescribedCall,
  type GraphSpec,
  type ScalarName,
  type Sizes,
} from './graphs/call-graph';
export { isOrdinary } from './graphs/ordinary';
export { affine } from './graphs/standardize';
export { encode, type Fields, type Message, MODEL } from './model/messages';
export {
  type Attribute,
  type ElementType,
  fillValue,
  type NodeOptions,
  OnnxGraph,
  type Value,
} from './model/onnx-graph';
export { nativeSupport, nativeWebglSupport } from './native/native-support';
export type { Provider } from './provider';
