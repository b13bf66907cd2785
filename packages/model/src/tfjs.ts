// TensorFlow.js models, layers and graph. Those of ONNX are the entry `index`.
export { type TfjsArtifacts, tfjsArtifacts, tfjsFiles, type WeightSpec } from './formats/tfjs/artifacts';
export type { Inspection } from './norms/inspection';
export type { Measured, Norm, Possibility } from './norms/norm';
export type { ReasonCode } from './norms/refusal';
export type { Change } from './rewrites/change';
export { TFJS_TARGETS, type TfjsTarget } from './rewrites/targets';
export type { Difference } from './running/difference';
export type { ModelJudgement } from './running/judgement';
export type { ModelTensor, ModelTensors, RunModel } from './running/model-tensor';
export type { ModelInput, RandomInputOptions } from './running/random-tensors';
export { judgeModel, type TfjsJudgeOptions } from './running/tfjs/judge-model';
export { inputsOf, randomInputs } from './running/tfjs/random-inputs';
export { type TensorFlowModels, tfjsRunner } from './running/tfjs/tfjs-runner';
export { type TfjsVerifyOptions, verify } from './running/tfjs/verify';
export { inspect, type TfjsInspectOptions } from './tfjs/inspect';
export { type MendedArtifacts, mend, mended, type TfjsMendOptions } from './tfjs/mend';
