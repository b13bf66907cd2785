import { NormError } from '@normlayers/core';
import type * as tfjs from '@tensorflow/tfjs-core';
import type { TfTensor } from '../../framework';
import type { Norm } from '../../norm';
import {
  batchNorm,
  type Kwargs,
  type LayerVariable,
  type NormLayer,
  ourResult,
  parametersOf,
} from '../layer-calls';
import { takesOver } from '../taken-over';
import {
  floatInput,
  type Layer,
  type LayerArguments,
  type LayerClass,
  type TensorFlowLayers,
} from './layer-class';
import type { AffineArguments } from './parameters';

export interface BatchNormalizationArguments extends LayerArguments, AffineArguments {
  /** The axis of the channels. Default: -1. */
  readonly axis?: number;
  /** How much of the moving statistics stays. Default: 0.99. */
  readonly momentum?: number;
  /** Added to the variance under the root. Default: 1e-3. */
  readonly epsilon?: number;
  /** Default: `zeros`. */
  readonly movingMeanInitializer?: string | object;
  /** Default: `ones`. */
  readonly movingVarianceInitializer?: string | object;
  /**
   * Whether Keras averages statistics over the devices of a strategy. TensorFlow.js trains on one: it changes nothing, and
   * is kept for the model's way back to Python. Default: false.
   */
  readonly synchronized?: boolean;
  /** Batch renormalization is refused. */
  readonly renorm?: false;
}

/** Keras's, added to the number of elements that a mask leaves. */
const MASK_EPSILON = 1e-7;

/**
 * Batch Norm as a layer, as Keras 3 has it: TensorFlow.js's own, which also takes masks in training, trains without gamma
 * or beta, and computes inference where it is not trainable.
 */
export function batchNormalizationClass(tf: TensorFlowLayers, norm: Norm): LayerClass {
  const Own = tf.layers.batchNormalization({ name: 'own' }).constructor as LayerClass<Layer & NormLayer>;
  return class BatchNormalization extends Own {
    static override readonly className = 'BatchNormalization';
    readonly #synchronized: boolean;

    constructor(args: BatchNormalizationArguments = {}) {
      super({ ...args, axis: Number(args.axis ?? -1) });
      this.#synchronized = args.synchronized ?? false;
      if (args.renorm) {
        throw new NormError('unsupported', 'BatchNormalization: renorm is not computed here.', {
          argument: 'renorm',
        });
      }
    }

    override call(inputs: TfTensor | TfTensor[], kwargs: Kwargs): TfTensor | TfTensor[] {
      return tf.tidy(() => {
        const x = floatInput(tf, inputs);
        const training = Boolean(kwargs?.training) && this.trainable;
        const mask = kwargs?.mask ?? null;
        if (training && mask !== null) return maskedTraining(tf, norm, this, x, mask);
        const ours = ourResult(tf, batchNorm, takesOver, this, x, { training });
        return ours ?? (super.call(x, { training }) as TfTensor);
      });
    }

    override getConfig(): Record<string, unknown> {
      return { ...super.getConfig(), synchronized: this.#synchronized };
    }
  } as LayerClass;
}

/** With statistics of what the mask leaves; what it leaves out is normalized by them too. */
function maskedTraining(
  tf: TensorFlowLayers,
  norm: Norm,
  layer: NormLayer,
  x: TfTensor,
  mask: TfTensor,
): TfTensor {
  if (mask.rank !== x.rank - 1) {
    throw new NormError('rank', `the mask has rank ${mask.rank}, and the input ${x.rank}; one less fits.`, {
      argument: 'mask',
    });
  }
  const { epsilon, momentum } = layer;
  const axis = (Number(layer.axis) + x.rank) % x.rank;
  const others = [...x.shape.keys()].filter((one) => one !== axis);
  const kept = tf.tile(
    tf.reshape(tf.cast(mask, 'bool'), [...mask.shape, 1]),
    x.shape.map((size, i) => (i === x.rank - 1 ? size : 1)),
  );
  const zero = tf.scalar(0);
  const count = tf.add(tf.sum(tf.cast(kept, 'float32'), others, true), MASK_EPSILON);
  const averaged = (values: TfTensor) => tf.div(tf.sum(tf.where(kept, values, zero), others, true), count);
  const mean = averaged(x);
  const variance = averaged(tf.square(tf.sub(x, mean)));
  const perChannel = (statistic: tfjs.Tensor) => tf.reshape(statistic, [x.shape[axis] as number]);
  const statistics = { mean: perChannel(mean), variance: perChannel(variance) };
  const moved = (moving: LayerVariable, statistic: TfTensor) =>
    moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(statistic, 1 - momentum)));
  moved(layer.movingMean, statistics.mean);
  moved(layer.movingVariance, statistics.variance);
  return norm.batchNorm({ x, axis, epsilon, ...statistics, ...parametersOf(layer) }).y;
}
