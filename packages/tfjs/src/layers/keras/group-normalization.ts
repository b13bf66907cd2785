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
import { type AffineArguments, type ParameterRules, parameterRules } from './parameters';

export interface InstanceNormalizationArguments extends LayerArguments, AffineArguments {
  /** The axis of the channels, not that of the batch. Default: -1. */
  readonly axis?: number;
  /** Added to the variance under the root. Default: 1e-3. */
  readonly epsilon?: number;
}

export interface GroupNormalizationArguments extends InstanceNormalizationArguments {
  /** How many groups the channels fall into; -1: one for each channel. Default: 32. */
  readonly groups?: number;
}

/**
 * Group Norm as a layer: keras.layers.GroupNormalization, and TensorFlow Addons' of the same arguments.
 *
 * @param className the name that it has in saved models.
 * @param groups how many where none are given.
 */
export function groupNormalizationClass(
  tf: TensorFlowLayers,
  norm: Norm,
  className: string,
  groups: number,
): LayerClass {
  const Base = tf.layers.Layer as unknown as LayerClass;
  return class extends Base {
    static override readonly className = className;
    groups: number;
    readonly axis: number;
    readonly epsilon: number;
    readonly #rules: ParameterRules;
    gamma: LayerVariable | null = null;
    beta: LayerVariable | null = null;

    constructor(args: GroupNormalizationArguments = {}) {
      super(args);
      this.supportsMasking = true;
      this.groups = args.groups ?? groups;
      this.axis = channelAxis(className, args);
      this.epsilon = args.epsilon ?? 1e-3;
      this.#rules = parameterRules(tf, args);
      if (!Number.isInteger(this.groups) || (this.groups < 1 && this.groups !== -1)) {
        throw new NormError('groups', `groups is ${this.groups}; expected a number from 1, or -1.`, {
          argument: 'groups',
        });
      }
    }

    override build(given: LayerShape | LayerShape[]): void {
      const shape = (Array.isArray(given[0]) ? given[0] : given) as LayerShape;
      const channels = shape.at(this.axis);
      if (channels === null || channels === undefined) {
        throw new NormError('shape', `axis ${this.axis} of [${shape}] has no fixed size.`, { argument: 'x' });
      }
      if (this.groups === -1) this.groups = channels;
      if (channels % this.groups !== 0) {
        throw new NormError('groups', `${channels} channels do not fall into ${this.groups} groups.`, {
          argument: 'groups',
        });
      }
      this.inputSpec = [{ ndim: shape.length, axes: { [this.axis]: channels } }];
      this.gamma = this.#rules.add(this, 'gamma', [channels]);
      this.beta = this.#rules.add(this, 'beta', [channels]);
      this.built = true;
    }

    override call(inputs: TfTensor | TfTensor[]): TfTensor {
      return tf.tidy(() => {
        const x = floatInput(tf, inputs);
        const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
        const parameters = {
          ...(this.gamma === null ? {} : { gamma: this.gamma.read() }),
          ...(this.beta === null ? {} : { beta: this.beta.read() }),
        };
        const { groups, epsilon } = this;
        const normalized = (of: TfTensor, layout: 'channels-first' | 'channels-last') =>
          norm.groupNorm({ x: of, layout, groups, epsilon, ...parameters }).y;
        if (axis === x.rank - 1) return normalized(x, 'channels-last');
        if (axis === 1) return normalized(x, 'channels-first');
        const order = [...x.shape.keys()].filter((one) => one !== axis).concat(axis);
        const back = [...x.shape.keys()].map((one) => order.indexOf(one));
        return tf.transpose(normalized(tf.transpose(x, order), 'channels-last'), back);
      });
    }

    override getConfig(): Record<string, unknown> {
      const { groups, axis, epsilon } = this;
      return { ...super.getConfig(), groups, axis, epsilon, ...this.#rules.config };
    }
  } as LayerClass;
}

function channelAxis(className: string, { axis = -1 }: { readonly axis?: unknown }): number {
  const one = Array.isArray(axis) && axis.length === 1 ? (axis[0] as unknown) : axis;
  if (typeof one === 'number' && Number.isInteger(one) && one !== 0) return one;
  // keras_contrib's layer of the same name normalizes whole samples where its axis is None, and adds epsilon to the
  // deviation: another operation.
  const given = axis === null ? 'null' : String(axis);
  throw new NormError('axis', `${className}: axis is ${given}; expected the axis of the channels, not 0.`, {
    argument: 'axis',
  });
}
