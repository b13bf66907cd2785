import type * as tfjs from '@tensorflow/tfjs-core';
import type { TensorFlow, TfTensor } from '../../framework';
import type { Kwargs, LayerVariable } from '../layer-calls';

/** Null where the size is not fixed. */
export type LayerShape = (number | null)[];

/** A layer of TensorFlow.js, as those who extend it see it (tfjs-layers 4.22.0, `src/engine/topology.ts`). */
export interface Layer {
  readonly name: string;
  trainable: boolean;
  built: boolean;
  supportsMasking: boolean;
  inputSpec: { readonly ndim: number; readonly axes: Readonly<Record<number, number>> }[] | null;
  build(inputShape: LayerShape | LayerShape[]): void;
  call(inputs: TfTensor | TfTensor[], kwargs: Kwargs): TfTensor | TfTensor[];
  addWeight(
    name: string,
    shape: number[],
    dtype: 'float32',
    initializer: object,
    regularizer: object | null,
    trainable: boolean,
    constraint: object | null,
  ): LayerVariable;
  getConfig(): Record<string, unknown>;
}

export interface LayerClass<L extends Layer = Layer> {
  new (args?: object): L;
  readonly className: string;
}

/** The `tf` of `@tensorflow/tfjs`: what is used of it to make layers. */
export interface TensorFlowLayers extends TensorFlow, Pick<typeof tfjs, 'cast'> {
  readonly layers: {
    readonly Layer: abstract new (...args: never[]) => object;
    batchNormalization(args?: object): object;
    layerNormalization(args?: object): object;
  };
  readonly serialization: { registerClass(layer: never, pkg?: string, name?: string): unknown };
}

/** What every layer of TensorFlow.js takes. */
export interface LayerArguments {
  /** Default: the class's name and a number. */
  readonly name?: string;
  /** Default: true. */
  readonly trainable?: boolean;
  /** Of a model's first layer: the shape of one sample. */
  readonly inputShape?: LayerShape;
  /** Of a model's first layer: the shape with the batch axis. */
  readonly batchInputShape?: LayerShape;
  /** Of a model's first layer, beside `inputShape`. */
  readonly batchSize?: number;
  /** TensorFlow.js has no other floating-point type than float32. */
  readonly dtype?: 'float32';
  /** Weights to begin with, in the order of `getWeights`. */
  readonly weights?: TfTensor[];
}

/** One tensor that goes into a layer, as float32: TensorFlow.js computes with no other type. */
export function floatInput(tf: TensorFlowLayers, inputs: TfTensor | TfTensor[]): TfTensor {
  const x = Array.isArray(inputs) ? (inputs[0] as TfTensor) : inputs;
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}
