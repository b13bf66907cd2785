export {
  accurateAxes,
  accurateGraphCall,
  fastGraphCall,
  type GraphCall,
  MOST_WEBGL_AXES,
  nativeGraphCall,
} from './graph-calls';
export { graphOf } from './graph-of';
export {
  CallGraph,
  type DescribedCall,
  type GraphSpec,
  type OperatorSpec,
  type Reduction,
  type ScalarName,
} from './graphs/call-graph';
export { isOrdinary } from './graphs/ordinary';
export {
  type AxisRole,
  type AxisRoles,
  type AxisSizes,
  type ReductionAxes,
  type ReductionOptions,
  reductionAxesOf,
} from './graphs/reduction-axes';
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
export { nativeSupport, OPERATOR_NAMES } from './native/native-support';
export type { Provider } from './provider';
