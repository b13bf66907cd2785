export { webgpuAdapter } from './adapter';
export {
  createNorm,
  type GpuNorm,
  type GpuNormFunctions,
  type GpuNormOptions,
  type Out,
  type Submitted,
} from './norm';
export { BASE_LIMITS, type GpuLimits, limitsOf } from './passes/limits';
export type { Pass, ScratchName } from './passes/pass';
export { passesOf } from './passes/passes';
export type { GpuTensor } from './runner/gpu-tensor';
export { PassRunner } from './runner/pass-runner';
export { requestDevice } from './runner/request-device';
export { downloadResults, uploadTensor } from './runner/transfer';
export type { Binding, Program } from './shaders/program/form';
