/**
 * What authors of back ends need: the contract that every adapter keeps, and what it has in common with the others.
 *
 * @module
 */
export { defineAdapter } from './adapter/define-adapter';
export { argumentUnsupported } from './adapter/later-arguments';
export {
  ADAPTER_KINDS,
  type AdapterKind,
  type BackendCall,
  type NormAdapter,
  type NormBackend,
  type NumberLimits,
  type PreparedNorm,
  type Support,
  type Unsupported,
  type Via,
} from './adapter/norm-adapter';
export type * from './call/call';
export { attributesOf, isTensor, mapTensors, type TensorsOf, tensorsOf } from './call/call-tensors';
export {
  type Answer,
  type AsyncNormFunctions,
  bindNorm,
  type NormFunctions,
  nameOfFunction,
} from './call/norm-functions';
export {
  ADDITIONS,
  isAlongAxes,
  LATER_ARGUMENTS,
  LAYOUTS,
  type LaterArgument,
  LIKE_INPUT,
  MODES,
  OPERATIONS,
  OPS,
  type OperationFacts,
  type OpsWhere,
  TENSOR_NAMES,
} from './call/operations';
export { callOnSum } from './call/residual';
export { NormError, type NormErrorCode, type NormErrorOptions } from './errors';
export { CallPlanner } from './plan/call-planner';
export { type Grouping, groupingOf } from './plan/grouping';
export { checkArguments } from './plan/known-arguments';
export type { Outputs } from './plan/outputs';
export { type CallPlan, checkNumbers, checkVariances, DEFAULT_EPSILON, planCall } from './plan/plan';
export { type RunningUpdate, runningUpdate } from './plan/running-stats';
export { type ChannelsView, type NormView, type ParameterIndex, type RowsView, viewOf } from './plan/views';
export type { FixedStatistics } from './reference/channels';
export {
  compute,
  fixedStatistics,
  inOwnOrder,
  inViewOrder,
  parameterGradients,
  trainingStatistics,
} from './reference/compute';
export { computeMasked, type MaskedPart, maskedParts } from './reference/masked';
export type { ParameterGradients } from './reference/rows';
export { added } from './tensor/add';
export { fromFloat16Bits, toFloat16Bits } from './tensor/float16';
export { rounded, widened } from './tensor/storage';
export {
  allocate,
  checkTensor,
  type DataOf,
  DTYPES,
  type DType,
  describe,
  sizeOf,
  type Tensor,
  type TensorData,
  type TensorDescription,
} from './tensor/tensor';
export { inverseOrder, transpose } from './tensor/transpose';
