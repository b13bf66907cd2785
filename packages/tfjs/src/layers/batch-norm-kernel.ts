import { type NormCall, sizeOf } from '@normlayers/core/adapter';
import type { TensorFlow, TensorFlowWithLayers, TfTensor } from '../framework';
import { fusedKernels } from '../fused/load';
import { planOfTakenOver, type TakesOver } from './taken-over';

interface KernelConfig {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (params: KernelParams) => unknown;
}

interface KernelParams {
  readonly inputs: Readonly<Record<string, TfTensor | null | undefined>>;
  readonly attrs: { readonly varianceEpsilon?: number | null };
  readonly backend: object;
}

const KERNEL = 'FusedBatchNorm';
const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'];

/** What tf.batchNorm and its kernels take for epsilon where none is given. */
const DEFAULT_EPSILON = 1e-3;

/** Replaces the kernels behind tf.batchNorm. What is returned puts TensorFlow.js's own back. */
export function replaceBatchNormKernels(tf: TensorFlowWithLayers, takesOver: TakesOver): (() => void)[] {
  return BACKENDS.map((backend) => replaceKernel(tf, backend, takesOver));
}

function replaceKernel(tf: TensorFlowWithLayers, backend: string, takesOver: TakesOver): () => void {
  const own = tf.getKernel(KERNEL, backend) as KernelConfig | null | undefined;
  if (own === null || own === undefined) return () => {};
  const put = (config: KernelConfig) => {
    tf.unregisterKernel(KERNEL, backend);
    tf.registerKernel(config as never);
  };
  const ours = (params: KernelParams) => {
    const { x } = params.inputs;
    return x && takesOver(tf, 'batchNorm', sizeOf(x.shape)) ? batchNorm(tf, params) : null;
  };
  put({ ...own, kernelFunc: (params) => ours(params) ?? own.kernelFunc(params) });
  return () => put(own);
}

/**
 * Null where TensorFlow.js's own kernel is to compute: statistics that are not one number for each channel.
 */
function batchNorm(tf: TensorFlow, { inputs, attrs }: KernelParams): TfTensor | null {
  const { x, mean, variance, scale, offset } = inputs as Record<'x' | 'mean' | 'variance', TfTensor> &
    Partial<Record<'scale' | 'offset', TfTensor | null>>;
  const channels = x.shape.at(-1);
  const perChannel = [mean, variance, scale, offset].every(
    (tensor) =>
      tensor === undefined || tensor === null || (tensor.shape.length === 1 && tensor.shape[0] === channels),
  );
  if (!perChannel) return null;
  const call = {
    op: 'batchNorm',
    mode: 'inference',
    layout: 'channels-last',
    x,
    mean,
    variance,
    epsilon: attrs.varianceEpsilon ?? DEFAULT_EPSILON,
    ...(scale ? { gamma: scale } : {}),
    ...(offset ? { beta: offset } : {}),
  } as NormCall<TfTensor>;
  const kernels = fusedKernels(tf);
  const plan = kernels && planOfTakenOver(call);
  return kernels && plan && (kernels.compute(call, plan).y as TfTensor);
}
