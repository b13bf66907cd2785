import {
  type BackwardResult,
  type BatchNormBackward,
  type BatchNormInference,
  type BatchNormTraining,
  type CallOf,
  type CentredBackwardResult,
  type CentredTrainingResult,
  type GroupNormBackward,
  type GroupNormInference,
  type GroupNormTraining,
  type InstanceNormBackward,
  type InstanceNormInference,
  type InstanceNormTraining,
  type LayerNormBackward,
  type LayerNormInference,
  type LayerNormTraining,
  type Mode,
  type NormCall,
  type NormResult,
  type Op,
  planCall,
  type RmsNormBackward,
  type RmsNormInference,
  type RmsNormTraining,
  type RmsTrainingResult,
  type TensorDescription,
} from '@normlayers/core';
import { evaluate } from './evaluate';
import type { TensorFlow, TfTensor } from './framework';
import { loadFusedKernels } from './fused/load';
import type { TfjsOptions } from './tfjs-backend';

/**
 * The five normalizations on `tf.Tensor`s. Each takes the arguments of the function of that name in `@normlayers/core`,
 * with float32 tensors of TensorFlow.js, and throws the same `NormError`s before anything is computed.
 *
 * All are differentiable: `tf.grad`, `tf.variableGrads` and the optimizers get our gradients with respect to x, gamma
 * and beta, and for `batchNorm` mean and variance. Running statistics are new tensors that no gradient flows through.
 * Tensors returned belong to the caller, or to the `tf.tidy` around the call.
 */
export interface Norm {
  /**
   * Resolves when what computes whole calls at once on the backend chosen now is compiled. Until then, and on backends
   * that have no such thing, a chain of TensorFlow.js's operations gives the same answers, more slowly.
   */
  ready(): Promise<void>;
  /** Batch Norm with given statistics. Ioffe and Szegedy 2015, algorithm 2. Gives y. */
  batchNorm(call: BatchNormInference<TfTensor>): TfTensor;
  /** Batch Norm with the batch's statistics, per channel. Ioffe and Szegedy 2015, algorithm 1. */
  batchNormTraining(call: BatchNormTraining<TfTensor>): CentredTrainingResult<TfTensor>;
  batchNormBackward(call: BatchNormBackward<TfTensor>): CentredBackwardResult<TfTensor>;
  /** Layer Norm over `axes`, by default the last. Ba, Kiros and Hinton 2016, equations 3 and 4. Gives y. */
  layerNorm(call: LayerNormInference<TfTensor>): TfTensor;
  layerNormTraining(call: LayerNormTraining<TfTensor>): CentredTrainingResult<TfTensor>;
  layerNormBackward(call: LayerNormBackward<TfTensor>): CentredBackwardResult<TfTensor>;
  /** Instance Norm: statistics per sample and channel. Ulyanov, Vedaldi and Lempitsky 2016. Gives y. */
  instanceNorm(call: InstanceNormInference<TfTensor>): TfTensor;
  instanceNormTraining(call: InstanceNormTraining<TfTensor>): CentredTrainingResult<TfTensor>;
  instanceNormBackward(call: InstanceNormBackward<TfTensor>): CentredBackwardResult<TfTensor>;
  /** Group Norm: statistics per sample and group of channels. Wu and He 2018. Gives y. */
  groupNorm(call: GroupNormInference<TfTensor>): TfTensor;
  groupNormTraining(call: GroupNormTraining<TfTensor>): CentredTrainingResult<TfTensor>;
  groupNormBackward(call: GroupNormBackward<TfTensor>): CentredBackwardResult<TfTensor>;
  /** RMS Norm over `axes`, by default the last. Zhang and Sennrich 2019, equation 4. Gives y. */
  rmsNorm(call: RmsNormInference<TfTensor>): TfTensor;
  rmsNormTraining(call: RmsNormTraining<TfTensor>): RmsTrainingResult<TfTensor>;
  rmsNormBackward(call: RmsNormBackward<TfTensor>): BackwardResult<TfTensor>;
}

/**
 * Binds the normalizations to your TensorFlow.js. They run on whichever backend is chosen when they are called.
 *
 * @param tf `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, version 4. First gradients need nothing else; second ones go
 *   through TensorFlow.js's own operations, whose gradients `@tensorflow/tfjs` registers and tfjs-core alone does not.
 *
 * @example
 * ```ts
 * import { createNorm } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 *
 * const norm = createNorm(tf);
 * const x = tf.tensor2d([[1, 3], [10, 30]]);
 * const y = norm.layerNorm({ x, gamma: tf.tensor1d([1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.dataSync()], [-1, 2, -1, 2]);
 *
 * const { runningMean } = norm.batchNormTraining({
 *   x,
 *   runningMean: tf.zeros([2]),
 *   runningVar: tf.ones([2]),
 *   convention: 'keras',
 *   momentum: 0.5,
 * });
 * assert.deepEqual([...runningMean!.dataSync()], [2.75, 8.25]);
 * ```
 */
export function createNorm(tf: TensorFlow, { fused = true }: Pick<TfjsOptions, 'fused'> = {}): Norm {
  /** The call's op and mode stand in its function's name. */
  function compute<O extends Op, M extends Mode>(op: O, mode: M, given: object): NormResult<TfTensor> {
    const call = { op, mode, ...given } as unknown as CallOf<O, M, TfTensor> & NormCall<TfTensor>;
    return evaluate(tf, call, planCall(call as NormCall<TensorDescription>, 'device'), fused);
  }
  const inference = (op: Op) => (call: object) => compute(op, 'inference', call).y as TfTensor;
  const training = (op: Op) => (call: object) => compute(op, 'training', call) as never;
  const backward = (op: Op) => (call: object) => compute(op, 'backward', call) as never;
  return {
    async ready() {
      await tf.ready();
      await loadFusedKernels(tf);
    },
    batchNorm: inference('batchNorm'),
    batchNormTraining: training('batchNorm'),
    batchNormBackward: backward('batchNorm'),
    layerNorm: inference('layerNorm'),
    layerNormTraining: training('layerNorm'),
    layerNormBackward: backward('layerNorm'),
    instanceNorm: inference('instanceNorm'),
    instanceNormTraining: training('instanceNorm'),
    instanceNormBackward: backward('instanceNorm'),
    groupNorm: inference('groupNorm'),
    groupNormTraining: training('groupNorm'),
    groupNormBackward: backward('groupNorm'),
    rmsNorm: inference('rmsNorm'),
    rmsNormTraining: training('rmsNorm'),
    rmsNormBackward: backward('rmsNorm'),
  };
}
