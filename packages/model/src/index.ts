// ONNX models. Those of TensorFlow.js are the entry `tfjs`.
export { externalLocations } from './formats/onnx/external-data';
export type { ExternalFiles } from './formats/onnx/tensors';
export { type InspectOptions, inspect } from './inspect';
export { type Mended, type MendOptions, mend } from './mend';
export type { Inspection } from './norms/inspection';
export type { Measured, Norm, Possibility } from './norms/norm';
export type { ReasonCode } from './norms/refusal';
export type { Change } from './rewrites/change';
export { TARGETS, type Target } from './rewrites/targets';
export type { Difference } from './running/difference';
export type { ModelJudgement } from './running/judgement';
export type { ModelTensor, ModelTensors, RunModel } from './running/model-tensor';
export { inSingle, roundingToHalf } from './running/onnx/half-precision';
export { type JudgeOptions, judgeModel } from './running/onnx/judge-model';
export { inputsOf, randomInputs } from './running/onnx/random-inputs';
export { type VerifyOptions, verify } from './running/onnx/verify';
export type { ModelInput, RandomInputOptions } from './running/random-tensors';
