import {
  type BackwardResult,
  type BatchNormBackward,
  type BatchNormInference,
  type BatchNormTraining,
  type CentredBackwardResult,
  type CentredTrainingResult,
  type GroupNormBackward,
  type GroupNormInference,
  type GroupNormTraining,
  type InferenceResult,
  type InstanceNormBackward,
  type InstanceNormInference,
  type InstanceNormTraining,
  type LayerNormBackward,
  type LayerNormInference,
  type LayerNormTraining,
  type Mode,
  NormError,
  type Op,
  planCall,
  type RmsNormBackward,
  type RmsNormInference,
  type RmsNormTraining,
  type RmsTrainingResult,
} from '@normlayers/core';
import { ARGUMENTS, type DescribedCall } from '@normlayers/onnx';
import { compile } from './evaluate';
import type { OnnxruntimeWebOptions, OrtTensor } from './framework';
import { engineOf, nameOf, supportOf } from './onnxruntime-web-adapter';
import { describeTensor } from './ort-tensors';

/**
 * The five normalizations on `ort.Tensor`s. Each takes the arguments of the function of that name in
 * `@normlayers/core`, with tensors of ONNX Runtime (float32, float16, float64), gives its results as tensors in x's
 * location (memory, or a device), and rejects with the same `NormError`s before anything is computed. Tensors given are
 * left as they are; tensors returned belong to the caller.
 */
export interface Norm {
  /** Batch Norm with given statistics. Ioffe and Szegedy 2015, algorithm 2. */
  batchNorm(call: BatchNormInference<OrtTensor>): Promise<InferenceResult<OrtTensor>>;
  /** Batch Norm with the batch's statistics, per channel. Ioffe and Szegedy 2015, algorithm 1. */
  batchNormTraining(call: BatchNormTraining<OrtTensor>): Promise<CentredTrainingResult<OrtTensor>>;
  batchNormBackward(call: BatchNormBackward<OrtTensor>): Promise<CentredBackwardResult<OrtTensor>>;
  /** Layer Norm over `axes`, by default the last. Ba, Kiros and Hinton 2016, equations 3 and 4. */
  layerNorm(call: LayerNormInference<OrtTensor>): Promise<InferenceResult<OrtTensor>>;
  layerNormTraining(call: LayerNormTraining<OrtTensor>): Promise<CentredTrainingResult<OrtTensor>>;
  layerNormBackward(call: LayerNormBackward<OrtTensor>): Promise<CentredBackwardResult<OrtTensor>>;
  /** Instance Norm: statistics per sample and channel. Ulyanov, Vedaldi and Lempitsky 2016. */
  instanceNorm(call: InstanceNormInference<OrtTensor>): Promise<InferenceResult<OrtTensor>>;
  instanceNormTraining(call: InstanceNormTraining<OrtTensor>): Promise<CentredTrainingResult<OrtTensor>>;
  instanceNormBackward(call: InstanceNormBackward<OrtTensor>): Promise<CentredBackwardResult<OrtTensor>>;
  /** Group Norm: statistics per sample and group of channels. Wu and He 2018. */
  groupNorm(call: GroupNormInference<OrtTensor>): Promise<InferenceResult<OrtTensor>>;
  groupNormTraining(call: GroupNormTraining<OrtTensor>): Promise<CentredTrainingResult<OrtTensor>>;
  groupNormBackward(call: GroupNormBackward<OrtTensor>): Promise<CentredBackwardResult<OrtTensor>>;
  /** RMS Norm over `axes`, by default the last. Zhang and Sennrich 2019, equation 4. */
  rmsNorm(call: RmsNormInference<OrtTensor>): Promise<InferenceResult<OrtTensor>>;
  rmsNormTraining(call: RmsNormTraining<OrtTensor>): Promise<RmsTrainingResult<OrtTensor>>;
  rmsNormBackward(call: RmsNormBackward<OrtTensor>): Promise<BackwardResult<OrtTensor>>;
  /** Waits for the calls that have begun, refuses others and releases every session. May be called twice. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Binds the normalizations to your ONNX Runtime Web. A session is made when a call first needs it and is kept for all
 * later calls of its kind, whatever their sizes, until `dispose`. (Provider `webgl`: of the same sizes, the 16 last used.)
 * Calls made at the same time wait for each other; see `inTurn`.
 *
 * @example
 * ```ts
 * import { createNorm } from '@normlayers/onnxruntime-web';
 * import * as ort from 'onnxruntime-web';
 *
 * const norm = createNorm({ ort });
 * const x = new ort.Tensor('float32', [1, 3, 10, 30], [2, 2]);
 * const gamma = new ort.Tensor('float32', [1, 2], [2]);
 * const { y } = await norm.layerNorm({ x, gamma, epsilon: 0 });
 * assert.deepEqual([...(y.data as Float32Array)], [-1, 2, -1, 2]);
 * await norm.dispose();
 * ```
 */
export function createNorm(options: OnnxruntimeWebOptions): Norm {
  const engine = engineOf(options);
  const name = nameOf(options);

  async function compute(op: Op, mode: Mode, given: object): Promise<never> {
    engine.sessions.refuseDisposed();
    const tensors: Record<string, OrtTensor> = {};
    const described: Record<string, unknown> = { ...given, op, mode };
    for (const argument of ARGUMENTS) {
      const value = (given as Record<string, unknown>)[argument];
      if (typeof value !== 'object' || value === null) continue;
      tensors[argument] = value as OrtTensor;
      described[argument] = describeTensor(value as OrtTensor);
    }
    const call = described as unknown as DescribedCall;
    const plan = planCall(call, 'device');
    const support = supportOf(options, call);
    if (!support.supported) {
      throw new NormError('unsupported', `${name} does not compute ${op} ${mode}: ${support.reason}.`);
    }
    return engine.sessions.during(async () => {
      const run = await compile(engine, { call, plan, tensors });
      return (await run()) as never;
    });
  }

  /** A function's call has its op and mode in the function's name. */
  const functionOf = (op: Op, mode: Mode) => (call: object) => compute(op, mode, call);
  const dispose = () => engine.sessions.dispose();
  return {
    batchNorm: functionOf('batchNorm', 'inference'),
    batchNormTraining: functionOf('batchNorm', 'training'),
    batchNormBackward: functionOf('batchNorm', 'backward'),
    layerNorm: functionOf('layerNorm', 'inference'),
    layerNormTraining: functionOf('layerNorm', 'training'),
    layerNormBackward: functionOf('layerNorm', 'backward'),
    instanceNorm: functionOf('instanceNorm', 'inference'),
    instanceNormTraining: functionOf('instanceNorm', 'training'),
    instanceNormBackward: functionOf('instanceNorm', 'backward'),
    groupNorm: functionOf('groupNorm', 'inference'),
    groupNormTraining: functionOf('groupNorm', 'training'),
    groupNormBackward: functionOf('groupNorm', 'backward'),
    rmsNorm: functionOf('rmsNorm', 'inference'),
    rmsNormTraining: functionOf('rmsNorm', 'training'),
    rmsNormBackward: functionOf('rmsNorm', 'backward'),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
