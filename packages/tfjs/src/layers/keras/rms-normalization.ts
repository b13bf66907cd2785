import { NormError } from '@normlayers/core';
import type { TfTensor } from '../../framework';
import type { Norm } from '../../norm';
import type { LayerVariable } from '../layer-calls';
import {
  floatInput,
  type LayerArguments,
  type LayerClass,
  type LayerShape,
  type TensorFlowLayers,
} from './layer-class';
import { parameterRules } from './parameters';

export interface RmsNormalizationArguments extends LayerArguments {
  /** The axis or axes that share statistics. Default: -1. */
  readonly axis?: number | readonly number[];
  /** Added to the mean square under the root. Default: 1e-6. */
  readonly epsilon?: number;
}

/** RMS Norm as a layer: keras.layers.RMSNormalization, whose gamma is called `scale` and begins as ones. */
export function rmsNormalizationClass(tf: TensorFlowLayers, norm: Norm): LayerClass {
  const Base = tf.layers.Layer as unknown as LayerClass;
  return class RMSNormalization extends Base {
    static override readonly className = 'RMSNormalization';
    readonly axis: readonly number[];
    readonly epsilon: number;
    scale: LayerVariable | null = null;

    constructor(args: RmsNormalizationArguments = {}) {
      super(args);
      this.supportsMasking = true;
      this.axis = [args.axis ?? -1].flat();
      this.epsilon = args.epsilon ?? 1e-6;
    }

    override build(given: LayerShape | LayerShape[]): void {
      const shape = (Array.isArray(given[0]) ? given[0] : given) as LayerShape;
      const sizes = fromFront(this.axis, shape.length).map((axis) => shape[axis]);
      if (sizes.some((size) => typeof size !== 'number')) {
        throw new NormError('shape', `[${shape}] has no fixed size along axis [${this.axis}].`, {
          argument: 'x',
        });
      }
      this.scale = parameterRules(tf, {}).add(this, 'gamma', sizes as number[], 'scale');
      this.built = true;
    }

    override call(inputs: TfTensor | TfTensor[]): TfTensor {
      return tf.tidy(() => {
        const x = floatInput(tf, inputs);
        const axes = fromFront(this.axis, x.rank);
        const gamma = (this.scale as LayerVariable).read();
        return norm.rmsNorm({ x, gamma, axes, epsilon: this.epsilon }).y;
      });
    }

    override getConfig(): Record<string, unknown> {
      return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon };
    }
  } as LayerClass;
}

/** In the order of the input, as Keras shapes the parameter. */
function fromFront(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}
