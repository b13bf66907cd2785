export { externalLocations } from './formats/onnx/external-data';
export type { ExternalFiles } from './formats/onnx/tensors';
export { type TfjsArtifacts, tfjsArtifacts, tfjsFiles, type WeightSpec } from './formats/tfjs/artifacts';
export { type Inspection, type InspectOptions, inspect } from './inspect';
export {
  type Mended,
  type MendedArtifacts,
  type MendOptions,
  mend,
  mended,
  type TfjsMendOptions,
} from './mend';
export type { Measured, Norm, Possibility } from './norms/norm';
export type { ReasonCode } from './norms/refusal';
export type { Change } from './rewrites/change';
export { TARGETS, type Target, TFJS_TARGETS, type TfjsTarget } from './rewrites/targets';
export { inSingle, roundingToHalf } from './running/onnx/half-precision';
export { type JudgeOptions, judgeModel, type ModelJudgement } from './running/onnx/judge-model';
export type { ModelTensor, ModelTensors, RunModel } from './running/model-tensor';
export { inputsOf, type ModelInput, type RandomInputOptions, randomInputs } from './running/onnx/random-inputs';
export { type TensorFlowModels, tfjsRunner } from './running/tfjs/tfjs-runner';
export { type Difference, type VerifyOptions, verify } from './running/onnx/verify';
