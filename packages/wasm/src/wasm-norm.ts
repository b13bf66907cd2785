import {
  CallPlanner,
  checkTensor,
  type NormCall,
  NormError,
  type ResultOf,
  type Tensor,
  type TensorData,
} from '@normlayers/core';
import { ArrayRunner } from './array-runner';
import { compileKernels, instantiateKernels, type KernelChoice, kernelBytes } from './kernels/kernels';
import { Arena } from './memory/arena';
import { Device } from './memory/device';
import { type ResidentTensor, ResidentTensors } from './memory/resident-tensor';

/** How the kernels are set up. */
export interface WasmOptions extends KernelChoice {
  /** How large the kernels' memory may become; on several threads, each of the two. Default: 2 GiB. */
  readonly maximumBytes?: number;
  /**
   * How many threads compute, where there is enough to do: this one and workers, over shared memory. Default: 1. Needs
   * cross-origin isolation in a page (`threadsUnavailable` tells), and there a policy that lets workers start from blobs.
   */
  readonly threads?: number;
}

const DEFAULT_MAXIMUM = 2 ** 31;

/** The kernels for typed arrays: call, and the answer is there. */
export class WasmNorm {
  readonly #devices: Devices;
  readonly #arrays: ArrayRunner;
  readonly #tensors: ResidentTensors;
  readonly #planner = new CallPlanner();
  #disposed = false;

  /** Use `createNorm`. */
  constructor(devices: Devices) {
    this.#devices = devices;
    this.#arrays = new ArrayRunner(devices.arrays);
    this.#tensors = new ResidentTensors(devices.resident);
  }

  /**
   * Computes a call: any operation, in any mode.
   *
   * @param out where y, or dx, is to be put: an array of x's type and length. By default a new one.
   * @throws NormError for bad input, `out-of-memory`, `disposed`.
   *
   * @example
   * ```ts
   * import { tensor } from '@normlayers/core';
   * import { createNorm } from '@normlayers/wasm';
   *
   * const norm = await createNorm();
   * const x = tensor([1, 3, 5, 7], [2, 2]);
   * const { y } = norm.run({ op: 'layerNorm', mode: 'inference', x, epsilon: 0 });
   * assert.deepEqual([...y.data], [-1, 1, -1, 1]);
   * norm.dispose();
   * ```
   */
  run<C extends NormCall>(call: C, out?: TensorData): ResultOf<C> {
    this.#refuseDisposed();
    return this.#arrays.run(call, this.#planner.plan(call), out) as ResultOf<C>;
  }

  /**
   * Puts a tensor into the kernels' memory, for chains of calls without copies.
   *
   * @throws NormError `out-of-memory`, `disposed`.
   *
   * @example
   * ```ts
   * import { tensor } from '@normlayers/core';
   * import { createNorm } from '@normlayers/wasm';
   *
   * const norm = await createNorm();
   * const x = norm.upload(tensor([1, 3, 5, 7], [2, 2]));
   * const { y } = norm.runResident({ op: 'layerNorm', mode: 'inference', x, epsilon: 0 });
   * assert.deepEqual([...norm.read(y).data], [-1, 1, -1, 1]);
   * x.dispose();
   * y.dispose();
   * assert.equal(norm.bytesInUse, 0);
   * ```
   */
  upload(tensor: Tensor): ResidentTensor {
    this.#refuseDisposed();
    checkTensor('tensor', tensor);
    return this.#tensors.upload(tensor);
  }

  /**
   * Computes a call on resident tensors; the results are resident too, and the caller's to dispose of.
   *
   * @throws NormError for bad input, `out-of-memory`, `disposed`; nothing is left in memory then.
   */
  runResident<C extends NormCall<ResidentTensor>>(call: C): ResultOf<C, ResidentTensor> {
    this.#refuseDisposed();
    return this.#tensors.run(call) as ResultOf<C, ResidentTensor>;
  }

  /** Fetches a resident tensor as an array. */
  read(tensor: ResidentTensor): Tensor {
    this.#refuseDisposed();
    return this.#tensors.read(tensor);
  }

  /** How many threads compute: 1, or as many as were asked for. */
  get threads(): number {
    return this.#devices.resident.threads;
  }

  /** How much memory resident tensors take, and what is kept from the last call on arrays, in bytes. */
  get bytesInUse(): number {
    const { arrays, resident } = this.#devices;
    const bytes = (arrays.arena as Arena).bytesInUse;
    return resident === arrays ? bytes : bytes + (resident.arena as Arena).bytesInUse;
  }

  /** Lets the memory go. May be called twice. */
  dispose(): void {
    this.#disposed = true;
    this.#devices.resident.dispose();
  }

  #refuseDisposed(): void {
    if (this.#disposed) throw new NormError('disposed', 'these kernels are disposed; create them again.');
  }
}

/**
 * Compiles the kernels, without fetching anything.
 *
 * @throws NormError `backend` where WebAssembly SIMD is missing, or threads are asked for and there are none.
 */
export async function createNorm(options: WasmOptions = {}): Promise<WasmNorm> {
  return new WasmNorm(await createDevices(options));
}

/** Before it nothing is put: 0 stands for no place. */
const ARENA_START = 64;

/** Where resident tensors are computed on, and where arrays pass through: the same on one thread. */
export interface Devices {
  readonly resident: Device;
  /**
   * Arrays pass through one thread's memory in any case, and a memory that threads share is slower to copy into and out
   * of: Layer Norm of [128, 768] took 1.15 times as long in it (measured).
   */
  readonly arrays: Device;
}

/** Devices with memories of their own. */
export async function createDevices({
  maximumBytes = DEFAULT_MAXIMUM,
  threads = 1,
  ...choice
}: WasmOptions): Promise<Devices> {
  const bytes = await kernelBytes(choice);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = await instantiateKernels(await compileKernels(bytes), memory);
  const arrays = new Device(kernels, new Arena(memory, ARENA_START, maximumBytes));
  if (threads <= 1) return { resident: arrays, arrays };
  const { threadedDevice } = await import('./threads/threaded-device');
  return { resident: await threadedDevice(bytes, threads, maximumBytes), arrays };
}
