import { NormError } from '@normlayers/core';
import { createNorm } from '../../norm';
import { checkTensorFlow } from '../../options';
import { type BatchNormalizationArguments, batchNormalizationClass } from './batch-normalization';
import {
  type GroupNormalizationArguments,
  groupNormalizationClass,
  type InstanceNormalizationArguments,
} from './group-normalization';
import type { LayerClass, TensorFlowLayers } from './layer-class';
import { type RmsNormalizationArguments, rmsNormalizationClass } from './rms-normalization';

/** Makes layers, as `tf.layers` does. `L` is TensorFlow.js's `tf.layers.Layer`. */
export interface NormLayers<L> {
  /** Group Norm over the channels' groups. Source: Wu and He 2018; keras.layers.GroupNormalization. */
  groupNormalization(args?: GroupNormalizationArguments): L;
  /** Instance Norm: each channel of each sample. Source: Ulyanov et al. 2016; TensorFlow Addons' layer. */
  instanceNormalization(args?: InstanceNormalizationArguments): L;
  /** RMS Norm. Source: Zhang and Sennrich 2019; keras.layers.RMSNormalization. */
  rmsNormalization(args?: RmsNormalizationArguments): L;
  /** Batch Norm. Source: Ioffe and Szegedy 2015; keras.layers.BatchNormalization of Keras 3. */
  batchNormalization(args?: BatchNormalizationArguments): L;
}

const made = new WeakMap<object, NormLayers<unknown>>();

/**
 * Gives TensorFlow.js the normalization layers of Keras that it lacks, and registers them: models that have a
 * GroupNormalization, `Addons>GroupNormalization`, InstanceNormalization, `Addons>InstanceNormalization` or
 * RMSNormalization load from here on, and are trained and saved. Their BatchNormalization is Keras 3's: it also takes masks
 * in training, trains without gamma or beta, and computes inference where it is not trainable.
 *
 * Weights have Keras's names and shapes, arguments Keras's defaults. Input of another type is cast to float32. Masks are
 * handed on. A second call for the same TensorFlow.js gives the same layers.
 *
 * @param tf your `@tensorflow/tfjs`.
 * @throws NormError `missing-argument` where tf is not TensorFlow.js, or has no layers. The layers throw it for arguments
 *   or shapes that they cannot take.
 *
 * @example
 * ```ts
 * import { useNormLayers } from '@normlayers/tfjs/layers';
 * import * as tf from '@tensorflow/tfjs';
 *
 * await tf.setBackend('cpu');
 * const layers = useNormLayers(tf);
 * const model = tf.sequential({
 *   layers: [layers.groupNormalization({ groups: 2, epsilon: 0, inputShape: [4] }), tf.layers.reLU()],
 * });
 * const y = model.predict(tf.tensor2d([[1, 3, 10, 30]])) as tf.Tensor;
 * assert.deepEqual([...y.dataSync()], [0, 1, 0, 1]);
 * ```
 */
export function useNormLayers<TF extends TensorFlowLayers>(
  tf: TF,
): NormLayers<InstanceType<TF['layers']['Layer']>> {
  checkTensorFlow('useNormLayers', tf);
  if (tf.layers?.Layer === undefined || tf.serialization === undefined) {
    throw new NormError('missing-argument', 'useNormLayers needs the tf of @tensorflow/tfjs, with layers.', {
      argument: 'tf',
    });
  }
  const known = made.get(tf.layers) as NormLayers<InstanceType<TF['layers']['Layer']>> | undefined;
  if (known !== undefined) return known;
  const norm = createNorm({ tf });
  const registered = (one: LayerClass): LayerClass => {
    tf.serialization.registerClass(one as never);
    return one;
  };
  registered(groupNormalizationClass(tf, norm, 'Addons>GroupNormalization', 32));
  registered(groupNormalizationClass(tf, norm, 'Addons>InstanceNormalization', -1));
  const Group = registered(groupNormalizationClass(tf, norm, 'GroupNormalization', 32));
  const Instance = registered(groupNormalizationClass(tf, norm, 'InstanceNormalization', -1));
  const Rms = registered(rmsNormalizationClass(tf, norm));
  const Batch = registered(batchNormalizationClass(tf, norm));
  const layers = {
    groupNormalization: (args = {}) => new Group(args),
    instanceNormalization: (args = {}) => new Instance(args),
    rmsNormalization: (args = {}) => new Rms(args),
    batchNormalization: (args = {}) => new Batch(args),
  } as NormLayers<unknown>;
  made.set(tf.layers, layers);
  return layers as NormLayers<InstanceType<TF['layers']['Layer']>>;
}
