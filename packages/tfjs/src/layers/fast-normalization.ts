import { type NormCall, planCall, type TensorDescription } from '@normlayers/core';
import type { TensorFlow, TfTensor } from '../framework';
import { fusedKernels, loadFusedKernels } from '../fused/load';
import { createNorm, type Norm } from '../norm';

/** The `tf` of `@tensorflow/tfjs`, or of tfjs-core alone, which has no layers. */
export interface TensorFlowWithLayers extends TensorFlow {
  readonly layers?: {
    layerNormalization(args?: object): object;
    batchNormalization(args?: object): object;
  };
  getKernel(name: string, backend: string): object | null | undefined;
  registerKernel(kernel: never): void;
  unregisterKernel(name: string, backend: string): void;
}

/** What `useFastNormalization` has done. */
export interface FastNormalization {
  /** Puts TensorFlow.js's own back. May be called twice. */
  undo(): void;
}

interface KernelConfig {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (params: KernelParams) => unknown;
}

interface KernelParams {
  readonly inputs: Readonly<Record<string, TfTensor | undefined>>;
  readonly attrs: { readonly varianceEpsilon: number };
  readonly backend: object;
}

/** A weight of a layer. */
interface LayerVariable {
  read(): TfTensor;
  write(value: TfTensor): void;
}

/** A layer as TensorFlow.js makes it, built. */
interface NormLayer {
  readonly axis: number | number[];
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

type LayerCall = (this: NormLayer, inputs: TfTensor | TfTensor[], kwargs: Kwargs) => TfTensor | TfTensor[];
type Kwargs = { readonly training?: boolean } | undefined;

const KERNEL = 'FusedBatchNorm';
const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'];

const active = new WeakMap<object, FastNormalization>();

/**
 * Makes TensorFlow.js code and models that exist already compute their normalizations as this package does: faster, and
 * right where TensorFlow.js is not. `tf.layers.layerNormalization` and `tf.layers.batchNormalization`, in models made or
 * loaded before or after, and `tf.batchNorm`, which graph models' FusedBatchNorm nodes call. Configurations, weights and
 * gradients stay as they are.
 *
 * @param tf your `@tensorflow/tfjs`. What is chosen as its backend now is made ready; elsewhere its own operations go on
 *   computing.
 *
 * @example
 * ```ts
 * import { useFastNormalization } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs';
 *
 * await tf.setBackend('cpu');
 * const layer = tf.layers.layerNormalization({ epsilon: 1e-3 });
 * const x = tf.tensor2d([[10001, 10003], [-4, 4]]);
 *
 * const fast = await useFastNormalization(tf);
 * const y = (layer.apply(x) as tf.Tensor).dataSync();
 * assert.ok(Math.abs(y[1]! - 1 / Math.sqrt(1.001)) < 1e-6);
 * fast.undo();
 * ```
 */
export async function useFastNormalization(tf: TensorFlowWithLayers): Promise<FastNormalization> {
  await tf.ready();
  await loadFusedKernels(tf);
  const known = active.get(tf);
  if (known !== undefined) return known;
  const norm = createNorm(tf);
  const undo = [
    ...BACKENDS.map((backend) => replaceKernel(tf, backend)),
    ...(tf.layers === undefined
      ? []
      : [
          replaceCall(tf, tf.layers.layerNormalization({}), (own) => layerNormCall(norm, own)),
          replaceCall(tf, tf.layers.batchNormalization({}), (own) => batchNormCall(norm, own)),
        ]),
  ];
  const fast: FastNormalization = {
    undo() {
      active.delete(tf);
      for (const step of undo.splice(0)) step();
    },
  };
  active.set(tf, fast);
  return fast;
}

/** On the class, which models that are loaded share. Own: what the class did before. */
function replaceCall(tf: TensorFlow, layer: object, replacement: (own: LayerCall) => LayerCall): () => void {
  const shared = Object.getPrototypeOf(layer) as { call: LayerCall };
  const own = shared.call;
  const ours = replacement(own);
  shared.call = function (inputs, kwargs) {
    return tf.tidy(() => ours.call(this, inputs, kwargs));
  };
  return () => {
    shared.call = own;
  };
}

function layerNormCall(norm: Norm, own: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    const x = onlyTensor(inputs);
    if (x?.dtype !== 'float32') return own.call(this, inputs, kwargs);
    const axes = [this.axis].flat();
    return norm.layerNorm({ x, axes, epsilon: this.epsilon, ...parametersOf(this) });
  };
}

function batchNormCall(norm: Norm, own: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    const x = onlyTensor(inputs);
    if (x?.dtype !== 'float32' || x.rank < 2 || x.rank > 5) return own.call(this, inputs, kwargs);
    const { epsilon, momentum } = this;
    const call = { x, axis: this.axis as number, epsilon, ...parametersOf(this) };
    const mean = this.movingMean.read();
    const variance = this.movingVariance.read();
    if (kwargs?.training !== true) return norm.batchNorm({ ...call, mean, variance });
    const { y, runningMean, runningVar } = norm.batchNormTraining({
      ...call,
      runningMean: mean,
      runningVar: variance,
      momentum,
      convention: 'keras',
    });
    this.movingMean.write(runningMean as TfTensor);
    this.movingVariance.write(runningVar as TfTensor);
    return y;
  };
}

function onlyTensor(inputs: TfTensor | TfTensor[]): TfTensor | undefined {
  if (!Array.isArray(inputs)) return inputs;
  return inputs.length === 1 ? inputs[0] : undefined;
}

function parametersOf({ gamma, beta }: NormLayer): { gamma?: TfTensor; beta?: TfTensor } {
  return { ...(gamma ? { gamma: gamma.read() } : {}), ...(beta ? { beta: beta.read() } : {}) };
}

/** The kernel behind tf.batchNorm. */
function replaceKernel(tf: TensorFlowWithLayers, backend: string): () => void {
  const own = tf.getKernel(KERNEL, backend) as KernelConfig | null | undefined;
  if (own === null || own === undefined) return () => {};
  const put = (config: KernelConfig) => {
    tf.unregisterKernel(KERNEL, backend);
    tf.registerKernel(config as never);
  };
  put({ ...own, kernelFunc: (params) => batchNormKernel(tf, params) ?? own.kernelFunc(params) });
  return () => put(own);
}

/** Null where TensorFlow.js's own kernel is to compute: statistics that are not one number for each channel. */
function batchNormKernel(tf: TensorFlow, { inputs, attrs }: KernelParams): TfTensor | null {
  const { x, mean, variance, scale, offset } = inputs as Record<'x' | 'mean' | 'variance', TfTensor> &
    Partial<Record<'scale' | 'offset', TfTensor>>;
  const channels = x.shape.at(-1);
  const perChannel = [mean, variance, scale, offset].every(
    (tensor) =>
      tensor === undefined || tensor === null || (tensor.shape.length === 1 && tensor.shape[0] === channels),
  );
  if (!perChannel || x.dtype !== 'float32' || x.shape.length < 2) return null;
  const call = {
    op: 'batchNorm',
    mode: 'inference',
    layout: 'channels-last',
    x,
    mean,
    variance,
    epsilon: attrs.varianceEpsilon,
    ...(scale ? { gamma: scale } : {}),
    ...(offset ? { beta: offset } : {}),
  } as NormCall<TfTensor>;
  const kernels = fusedKernels(tf);
  if (kernels === null) return null;
  return kernels.compute(call, planCall(call as NormCall<TensorDescription>, 'device')).y as TfTensor;
}
