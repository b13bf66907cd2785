import type { TensorFlow } from '../framework';
import { cpuKernels } from './cpu';
import type { FusedKernels } from './fused-kernels';
import { loadWasmKernels } from './wasm';

type Loader = (tf: TensorFlow, backend: object) => FusedKernels | Promise<FusedKernels | null>;

const LOADERS: Readonly<Record<string, Loader>> = {
  cpu: cpuKernels,
  wasm: loadWasmKernels,
  // In a chunk of their own: whoever computes on cpu or wasm need not fetch them.
  webgl: async (tf, backend) => (await import('./webgl/kernels')).webglKernels(tf, backend),
  webgpu: async (tf, backend) => (await import('./webgpu')).webgpuKernels(tf, backend),
};

/**
 * By backend, as TensorFlow.js holds it: another copy of TensorFlow.js, or a backend started anew, has its
 * own.
 */
const loaded = new WeakMap<object, FusedKernels | null>();
const loading = new WeakMap<object, Promise<void>>();

/** The program for the backend that is chosen now, or null: then the chain computes. */
export function fusedKernels(tf: TensorFlow): FusedKernels | null {
  const backend = tf.backend();
  const known = loaded.get(backend);
  if (known !== undefined) return known;
  // The first call on a backend: what can be had at once is had, else it is fetched for later calls.
  void loadFusedKernels(tf);
  return loaded.get(backend) ?? null;
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
    // An engine without SIMD, a policy against compiling, a chunk that cannot be fetched: the chain computes
    // the same.
    () => void loaded.set(backend, null),
  );
  loading.set(backend, pending);
  return pending;
}

/**
 * Whether calls on a backend are computed by one program, as far as is known now: before it has started, by
 * its kind.
 */
export function hasFusedKernels(tf: TensorFlow, name: string): boolean {
  const backend = tf.engine().registry[name];
  const known = backend === undefined ? undefined : loaded.get(backend);
  return known === undefined ? name in LOADERS : known !== null;
}
