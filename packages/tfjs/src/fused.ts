import type { CallPlan, NormCall, NormResult } from '@normlayers/core';
import { cpuKernels } from './cpu-kernels';
import type { TensorFlow, TfTensor } from './framework';
import type { GpuDevice } from './gpu-device';
import { gpuKernels } from './gpu-kernels';
import { loadWasmKernels } from './wasm-kernels';
import { webglDevice } from './webgl-device';
import { webgpuDevice } from './webgpu-device';

/**
 * One program for a whole call, in the place of a chain of TensorFlow.js's operations. Nothing it does is recorded, and
 * its results belong to the tidy around it.
 */
export interface FusedKernels {
  compute(call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor>;
  /** Whether it computes calls on an x of this shape. Default: on any. */
  takes?(shape: readonly number[]): boolean;
}

type Loader = (tf: TensorFlow, backend: object) => FusedKernels | null | Promise<FusedKernels | null>;

const LOADERS: Readonly<Record<string, Loader>> = {
  cpu: cpuKernels,
  wasm: loadWasmKernels,
  webgl: (tf, backend) => onDevice(tf, webglDevice(tf, backend)),
  webgpu: (tf, backend) => onDevice(tf, webgpuDevice(backend)),
};

function onDevice(tf: TensorFlow, device: GpuDevice | null): FusedKernels | null {
  return device === null ? null : gpuKernels(tf, device);
}

/** By backend, as TensorFlow.js holds it: another copy of TensorFlow.js, or a backend started anew, has its own. */
const loaded = new WeakMap<object, FusedKernels | null>();
const loading = new WeakMap<object, Promise<void>>();

/** The program for calls on an x of a shape, on the backend that is chosen now, or null: then the chain computes. */
export function fusedKernels(tf: TensorFlow, shape: readonly number[]): FusedKernels | null {
  const backend = tf.backend();
  // The first call on a backend: what can be had at once is had, else it is fetched for later calls.
  if (!loaded.has(backend)) void loadFusedKernels(tf);
  const kernels = loaded.get(backend) ?? null;
  return kernels?.takes?.(shape) === false ? null : kernels;
}

/** Makes the program for the backend that is chosen now ready, where there is one. */
export function loadFusedKernels(tf: TensorFlow): Promise<void> {
  const backend = tf.backend();
  if (loaded.has(backend)) return Promise.resolve();
  const under = loading.get(backend);
  if (under !== undefined) return under;
  const loader = LOADERS[tf.getBackend()];
  const kernels = loader?.(tf, backend) ?? null;
  if (!(kernels instanceof Promise)) {
    loaded.set(backend, kernels);
    return Promise.resolve();
  }
  const pending = kernels.then(
    (value) => void loaded.set(backend, value),
    // An engine without SIMD, or a policy against compiling: the chain computes the same, and slower.
    () => void loaded.set(backend, null),
  );
  loading.set(backend, pending);
  return pending;
}

/** Whether a call on a backend is computed by one program, as far as is known now: before it has started, by its kind. */
export function hasFusedKernels(tf: TensorFlow, name: string, shape: readonly number[]): boolean {
  const backend = tf.engine().registry[name];
  const known = backend === undefined ? undefined : loaded.get(backend);
  if (known === undefined) return name in LOADERS;
  return known !== null && known.takes?.(shape) !== false;
}
