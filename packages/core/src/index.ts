export type {
  AdapterKind,
  NormAdapter,
  PreparedNorm,
  Support,
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
export { CONVENTIONS, type RunningStatsConvention } from './plan/running-stats';
export { trailingAxes } from './plan/views';
export { type JsonNumber, Moments, type MomentsRecord, updateRunningStats } from './reference/moments';
export { type SynchronizedBackward, synchronizedBackward } from './reference/synchronized';
export { cast, fromBfloat16 } from './tensor/cast';
export { fromFloat16Bits, toFloat16Bits } from './tensor/float16';
export {
  type DataOf,
  DTYPES,
  type DType,
  type Tensor,
  type TensorData,
  type TensorDescription,
  tensor,
} from './tensor/tensor';
