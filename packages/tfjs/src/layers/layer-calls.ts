import type { NormCall, NormResult } from '@normlayers/core/adapter';
import { evaluate } from '../evaluate';
import type { TensorFlow, TensorFlowWithLayers, TfTensor } from '../framework';
import { isTakenOver, planOfTakenOver } from './taken-over';

/** A weight of a layer. */
interface LayerVariable {
  read(): TfTensor;
  write(value: TfTensor): void;
}

/** A layer as TensorFlow.js makes it (tfjs-layers 4.22.0, `src/layers/normalization.ts`), built. */
interface NormLayer {
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

type Kwargs = { readonly training?: unknown } | null | undefined;

type LayerCall = (this: NormLayer, inputs: TfTensor | TfTensor[], kwargs: Kwargs) => unknown;

/** Null where TensorFlow.js's own call is to compute. */
type OurCall = (tf: TensorFlow, layer: NormLayer, x: TfTensor, kwargs: object) => TfTensor | null;

/**
 * Replaces the `call` of tf.layers' two normalizations, on their classes, which models that are loaded share. What is
 * returned puts TensorFlow.js's own back.
 */
export function replaceLayerCalls(tf: TensorFlowWithLayers): (() => void)[] {
  if (tf.layers === undefined) return [];
  return [
    replaceCall(tf, tf.layers.layerNormalization({}), layerNorm),
    replaceCall(tf, tf.layers.batchNormalization({}), batchNorm),
  ];
}

function replaceCall(tf: TensorFlow, layer: object, ours: OurCall): () => void {
  const shared = Object.getPrototypeOf(layer) as { call: LayerCall };
  const own = shared.call;
  shared.call = function (inputs, kwargs) {
    const x = onlyTensor(inputs);
    return tf.tidy(() => {
      const y = x && kwargs ? ours(tf, this, x, kwargs) : null;
      return (y ?? own.call(this, inputs, kwargs)) as TfTensor;
    });
  };
  return () => {
    shared.call = own;
  };
}

/** Gamma and beta have the lengths of `axis` in its order, and are read row by row over the axes of x in x's order. */
const layerNorm: OurCall = (tf, layer, x) => {
  if (isImplemented(x) && !isTakenOver(tf, 'layerNorm')) return null;
  const axes = [layer.axis].flat().sort((a, b) => a - b);
  const lengths = axes.map((axis) => x.shape[axis] as number);
  const inOrderOfX = (parameter: TfTensor) =>
    parameter.shape.join() === lengths.join() ? parameter : tf.reshape(parameter, lengths);
  const parameters = mapped(parametersOf(layer), inOrderOfX);
  const call = {
    op: 'layerNorm',
    mode: 'inference',
    x,
    axes,
    epsilon: layer.epsilon,
    ...parameters,
  } as const;
  return computed(tf, call)?.y ?? null;
};

const batchNorm: OurCall = (tf, layer, x, { training }: { training?: unknown }) => {
  if (isImplemented(x) && !isBatchNormTakenOver(tf, layer, x, Boolean(training))) return null;
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
};

/** The ranks for which TensorFlow.js computes at all. */
function isImplemented({ rank }: TfTensor): boolean {
  return rank >= 2 && rank <= 4;
}

function isBatchNormTakenOver(tf: TensorFlow, layer: NormLayer, x: TfTensor, training: boolean): boolean {
  // Without gamma or beta TensorFlow.js throws in training (#2868).
  if (training) return !layer.gamma || !layer.beta || isTakenOver(tf, 'batchNormTraining');
  const isLast = (Number(layer.axis) + 1) % x.rank === 0;
  return isTakenOver(tf, isLast ? 'batchNorm' : 'batchNormChannelsFirst');
}

function computed(tf: TensorFlow, call: NormCall<TfTensor>): NormResult<TfTensor> | null {
  const plan = planOfTakenOver(call);
  return plan && evaluate(tf, call, plan);
}

function onlyTensor(inputs: TfTensor | TfTensor[]): TfTensor | undefined {
  if (!Array.isArray(inputs)) return inputs;
  return inputs.length === 1 ? inputs[0] : undefined;
}

function parametersOf({ gamma, beta }: NormLayer): { gamma?: TfTensor; beta?: TfTensor } {
  return { ...(gamma ? { gamma: gamma.read() } : {}), ...(beta ? { beta: beta.read() } : {}) };
}

function mapped<T extends object>(tensors: T, map: (tensor: TfTensor) => TfTensor): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)])) as T;
}
