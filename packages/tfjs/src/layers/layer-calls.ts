import type { NormCall, NormResult } from '@normlayers/core/adapter';
import { evaluate } from '../evaluate';
import type { TensorFlow, TensorFlowWithLayers, TfTensor } from '../framework';
import { planOfTakenOver, type Replaceable, type TakesOver } from './taken-over';

/** A weight of a layer. */
export interface LayerVariable {
  read(): TfTensor;
  write(value: TfTensor): void;
}

/** A layer as TensorFlow.js makes it (tfjs-layers 4.22.0, `src/layers/normalization.ts`), built. */
export interface NormLayer {
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

export type Kwargs = { readonly training?: unknown; readonly mask?: TfTensor | null } | null | undefined;

type LayerCall = (this: NormLayer, inputs: TfTensor | TfTensor[], kwargs: Kwargs) => unknown;

/** What a layer does, as we do it. */
interface OurCall {
  /** What of TensorFlow.js's this takes over; null where TensorFlow.js throws. */
  replaces(layer: NormLayer, x: TfTensor, training: boolean): Replaceable | null;
  /** Null where TensorFlow.js's own call is to compute. */
  compute(tf: TensorFlow, layer: NormLayer, x: TfTensor, training: boolean): TfTensor | null;
}

/**
 * Replaces the `call` of tf.layers' two normalizations, on their classes, which models that are loaded share.
 * What is returned puts TensorFlow.js's own back.
 */
export function replaceLayerCalls(tf: TensorFlowWithLayers, takesOver: TakesOver): (() => void)[] {
  if (tf.layers === undefined) return [];
  return [
    replaceCall(tf, tf.layers.layerNormalization({}), takesOver, layerNorm),
    replaceCall(tf, tf.layers.batchNormalization({}), takesOver, batchNorm),
  ];
}

function replaceCall(tf: TensorFlow, layer: object, takesOver: TakesOver, ours: OurCall): () => void {
  const shared = Object.getPrototypeOf(layer) as { call: LayerCall };
  const own = shared.call;
  shared.call = function (inputs, kwargs) {
    return tf.tidy(() => {
      const result = ourResult(tf, ours, takesOver, this, inputs, kwargs);
      return (result ?? own.call(this, inputs, kwargs)) as TfTensor;
    });
  };
  return () => {
    shared.call = own;
  };
}

/** Null where TensorFlow.js's own call is to compute. */
export function ourResult(
  tf: TensorFlow,
  ours: OurCall,
  takesOver: TakesOver,
  layer: NormLayer,
  inputs: TfTensor | TfTensor[],
  kwargs: Kwargs,
): TfTensor | null {
  const x = onlyTensor(inputs);
  if (x === undefined || !kwargs) return null;
  const training = Boolean(kwargs.training);
  // TensorFlow.js throws for other ranks.
  const replaced = x.rank < 2 || x.rank > 4 ? null : ours.replaces(layer, x, training);
  return replaced === null || takesOver(tf, replaced) ? ours.compute(tf, layer, x, training) : null;
}

const layerNorm: OurCall = {
  replaces: () => 'layerNorm',
  compute(tf, layer, x) {
    // Gamma and beta have the lengths of `axis` in its order, and are read row by row over these axes in x's
    // order.
    const axes = [layer.axis].flat().sort((a, b) => a - b);
    const lengths = axes.map((axis) => x.shape[axis] as number);
    const inOrderOfX = (parameter: TfTensor) =>
      parameter.shape.join() === lengths.join() ? parameter : tf.reshape(parameter, lengths);
    const parameters = mapped(parametersOf(layer), inOrderOfX);
    const { epsilon } = layer;
    const results = computed(tf, { op: 'layerNorm', mode: 'inference', x, axes, epsilon, ...parameters });
    return results?.y ?? null;
  },
};

export const batchNorm: OurCall = {
  replaces(layer, x, training) {
    // Without gamma or beta TensorFlow.js throws in training (#2868).
    if (training) return layer.gamma && layer.beta ? 'batchNormTraining' : null;
    return (Number(layer.axis) + 1) % x.rank === 0 ? 'batchNorm' : 'batchNormChannelsFirst';
  },
  compute(tf, layer, x, training) {
    const { epsilon, momentum } = layer;
    // Keras writes `axis` as a list of one into its models, and TensorFlow.js takes the list for its number.
    const axis = Number(layer.axis);
    const mean = layer.movingMean.read();
    const variance = layer.movingVariance.read();
    const call = { op: 'batchNorm', x, axis, epsilon, ...parametersOf(layer) } as const;
    if (!training) return computed(tf, { ...call, mode: 'inference', mean, variance })?.y ?? null;
    const results = computed(tf, {
      ...call,
      mode: 'training',
      runningMean: mean,
      runningVar: variance,
      momentum,
      convention: 'keras',
    });
    if (results === null) return null;
    layer.movingMean.write(results.runningMean as TfTensor);
    layer.movingVariance.write(results.runningVar as TfTensor);
    return results.y as TfTensor;
  },
};

function computed(tf: TensorFlow, call: NormCall<TfTensor>): NormResult<TfTensor> | null {
  const plan = planOfTakenOver(call);
  return plan && evaluate(tf, call, plan);
}

export function onlyTensor(inputs: TfTensor | TfTensor[]): TfTensor | undefined {
  if (!Array.isArray(inputs)) return inputs;
  return inputs.length === 1 ? inputs[0] : undefined;
}

export function parametersOf({ gamma, beta }: NormLayer): { gamma?: TfTensor; beta?: TfTensor } {
  return { ...(gamma ? { gamma: gamma.read() } : {}), ...(beta ? { beta: beta.read() } : {}) };
}

function mapped<T extends object>(tensors: T, map: (tensor: TfTensor) => TfTensor): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)])) as T;
}
