import { mapTensors, NormError, type NormResult, sizeOf, tensorsOf } from '@normlayers/core/adapter';
import { type GpuTensor, limitsOf, PassRunner, passesOf } from '@normlayers/webgpu';
import type { TensorFlow, TensorInfo, TfTensor } from '../framework';
import { ofNothing } from './arrays';
import { contextLost } from './context-lost';
import type { FusedKernels } from './fused-kernels';

/** What is used of TensorFlow.js's webgpu backend (4.22.0), all of it public. */
interface WebgpuBackend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { readonly resource?: GPUBuffer | null } };
  /** What has been recorded and not handed over: buffers of these tensors are not to be reused before. */
  readonly commandQueueOwnedIds: { add(dataId: object): void };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  makeTensorInfo(shape: number[], dtype: 'float32'): TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const METHODS = [
  'makeTensorInfo',
  'uploadToGPU',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
] as const;

/**
 * Calls as the passes of `@normlayers/webgpu`, recorded among TensorFlow.js's own on its device and in its
 * order. Nothing is copied or read back. Null on a version of TensorFlow.js whose backend is made otherwise.
 */
export function webgpuKernels(tf: TensorFlow, backend: object): FusedKernels | null {
  const webgpu = backend as WebgpuBackend;
  if (!METHODS.every((name) => typeof webgpu[name] === 'function')) return null;
  if (!webgpu.device?.limits || !webgpu.tensorMap || !webgpu.commandQueueOwnedIds) return null;
  const limits = limitsOf(webgpu.device);
  const runner = new PassRunner(webgpu.device, limits);
  let lost = false;
  void webgpu.device.lost.then(() => {
    lost = true;
  });

  /** Recorded commands hold the tensor from here on. */
  function onDevice({ dataId, shape }: Pick<TensorInfo, 'dataId' | 'shape'>): GpuTensor {
    webgpu.uploadToGPU(dataId);
    webgpu.commandQueueOwnedIds.add(dataId);
    const buffer = webgpu.tensorMap.get(dataId).resource;
    if (buffer) return { dtype: 'float32', shape, buffer };
    throw new NormError(
      'backend',
      'TensorFlow.js has no buffer on its WebGPU device for a tensor of this call.',
    );
  }

  return {
    compute(call, plan) {
      if (lost) throw contextLost('webgpu', 'WebGPU device');
      if (sizeOf(call.x.shape) === 0) return ofNothing(tf, call);
      const described = mapTensors(call, ({ shape }) => ({ dtype: 'float32' as const, shape }));
      const passes = passesOf(described, plan, limits);
      runner.check(passes);
      const tensors = named(tensorsOf(call), onDevice);
      const infos = named(plan.outputs, ({ shape }) => webgpu.makeTensorInfo([...shape], 'float32'));
      // Before the encoder is asked for: an upload may end a pass.
      const results = named(infos, onDevice);
      webgpu.ensureCommandEncoderReady();
      const encoder =
        webgpu.computePassEncoder ?? (webgpu.commandEncoder as GPUCommandEncoder).beginComputePass();
      webgpu.computePassEncoder = encoder;
      runner.record(encoder, passes, tensors, results, true);
      webgpu.dispatchCountInPass += passes.length;
      if (webgpu.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
        webgpu.endComputePassEncoder();
        webgpu.submitQueue();
      }
      return named(infos, (info) => tf.engine().makeTensorFromTensorInfo(info)) as NormResult<TfTensor>;
    },
  };
}

function named<T, U>(values: Readonly<Record<string, T>> | object, make: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value as T)]));
}
