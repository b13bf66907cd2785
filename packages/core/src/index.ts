export {
  defineAdapter,
  type NormAdapter,
  type NormBackend,
  type PreparedNorm,
  type Support,
  type Via,
} from './adapter';
export { batchNorm, batchNormBackward, batchNormTraining } from './batch-norm';
export type * from './call';
export { CallPlanner } from './call-planner';
export type { FixedStatistics } from './channels';
export {
  compute,
  fixedStatistics,
  inOwnOrder,
  inViewOrder,
  parameterGradients,
  trainingStatistics,
} from './compute';
export { holdsDenormals } from './denormals';
export { NormError, type NormErrorCode } from './errors';
export { fromFloat16Bits, toFloat16Bits } from './float16';
export { groupNorm, groupNormBackward, groupNormTraining } from './group-norm';
export { instanceNorm, instanceNormBackward, instanceNormTraining } from './instance-norm';
export { layerNorm, layerNormBackward, layerNormTraining } from './layer-norm';
export { Moments, type MomentsRecord, updateRunningStats } from './moments';
export { type CallPlan, DEFAULT_EPSILON, planCall } from './plan';
export { referenceAdapter } from './reference-adapter';
export { rmsNorm, rmsNormBackward, rmsNormTraining } from './rms-norm';
export type { ParameterGradients } from './rows';
export { CONVENTIONS, type RunningStatsConvention, type RunningUpdate, runningUpdate } from './running-stats';
export { rounded, widened } from './storage';
export {
  allocate,
  checkTensor,
  type DataOf,
  type DType,
  describe,
  sizeOf,
  type Tensor,
  type TensorData,
  type TensorDescription,
  tensor,
} from './tensor';
export { inverseOrder, transpose } from './transpose';
export {
  type ChannelsView,
  type NormView,
  type ParameterIndex,
  type RowsView,
  trailingAxes,
  viewOf,
} from './views';
