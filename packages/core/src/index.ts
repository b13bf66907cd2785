export { defineAdapter } from './adapter/define-adapter';
export type {
  AdapterKind,
  NormAdapter,
  NormBackend,
  NumberLimits,
  PreparedNorm,
  Support,
  Unsupported,
  Via,
} from './adapter/norm-adapter';
export { referenceAdapter } from './adapter/reference-adapter';
export type * from './call/call';
export type { Answer, AsyncNormFunctions, NormFunctions } from './call/norm-functions';
export { LAYOUTS, MODES, OPS } from './call/operations';
export { NormError, type NormErrorCode, type NormErrorOptions } from './errors';
export { batchNorm, batchNormBackward, batchNormTraining } from './functions/batch-norm';
export { groupNorm, groupNormBackward, groupNormTraining } from './functions/group-norm';
export { instanceNorm, instanceNormBackward, instanceNormTraining } from './functions/instance-norm';
export { layerNorm, layerNormBackward, layerNormTraining } from './functions/layer-norm';
export { rmsNorm, rmsNormBackward, rmsNormTraining } from './functions/rms-norm';
export { CallPlanner } from './plan/call-planner';
export { type CallPlan, DEFAULT_EPSILON, planCall } from './plan/plan';
export {
  CONVENTIONS,
  type RunningStatsConvention,
  type RunningUpdate,
  runningUpdate,
} from './plan/running-stats';
export {
  type ChannelsView,
  type NormView,
  type ParameterIndex,
  type RowsView,
  trailingAxes,
  viewOf,
} from './plan/views';
export type { FixedStatistics } from './reference/channels';
export {
  compute,
  fixedStatistics,
  inOwnOrder,
  inViewOrder,
  parameterGradients,
  trainingStatistics,
} from './reference/compute';
export { Moments, type MomentsRecord, updateRunningStats } from './reference/moments';
export type { ParameterGradients } from './reference/rows';
export { type SynchronizedBackward, synchronizedBackward } from './reference/synchronized';
export { holdsDenormals } from './tensor/denormals';
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
  tensor,
} from './tensor/tensor';
export { inverseOrder, transpose } from './tensor/transpose';
