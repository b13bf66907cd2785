import {
  bindNorm,
  CallPlanner,
  checkTensor,
  type NormCall,
  NormError,
  type NormFunctions,
  type NormResult,
  type ResultOf,
  type Tensor,
  type TensorData,
} from '@normlayers/core/adapter';
import { ArrayRunner } from './array-runner';
import { createDevices, type Devices } from './devices';
import type { KernelSimd } from './kernels/kernel-files';
import type { KernelName } from './kernels/kernel-table';
import { PROCESS_TRIAL } from './kernels/read-ahead';
import type { Arena } from './memory/arena';
import { type ResidentTensor, ResidentTensors } from './memory/resident-tensor';
import type { WasmOptions } from './options';

/**
 * The fifteen functions on arrays, and what the kernels have beside them: calls as records, tensors that stay
 * in their memory. A call has its answer when it returns.
 */
export type WasmNorm = WasmKernels & NormFunctions<Tensor>;

/** The form of the kernels that computes: all give the same bits but for those of relaxed SIMD. */
export interface WasmKernelForm {
  readonly simd: KernelSimd;
  readonly readAhead: { readonly forward: boolean | null; readonly backward: boolean | null };
}

/** The kernels over their memory. */
export class WasmKernels {
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

  /**
   * What computes: the SIMD instructions of the kernels, and whether large float32 rows are read ahead, forward and
   * backward. null: not known yet, since no large call has come.
   */
  get kernel(): WasmKernelForm {
    const { simd, resident } = this.#devices;
    const ahead = (kernel: KernelName) => resident.readAhead ?? PROCESS_TRIAL.outcome(kernel);
    return { simd, readAhead: { forward: ahead('rowsForward'), backward: ahead('rowsBackward') } };
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
 * @throws NormError `unknown-argument` for options that are not known, or values that are none; `backend`
 *   where WebAssembly SIMD is missing, a page's policy forbids it, or threads are asked for and there are
 *   none.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { createNorm } from '@normlayers/wasm';
 *
 * const norm = await createNorm();
 * const { y } = norm.layerNorm({ x: tensor([1, 3, 5, 7], [2, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1, -1, 1]);
 * norm.dispose();
 * ```
 */
export async function createNorm(options: WasmOptions = {}): Promise<WasmNorm> {
  const kernels = new WasmKernels(await createDevices(options, 'createNorm'));
  return Object.assign(
    kernels,
    bindNorm<Tensor>((call: NormCall): NormResult => kernels.run(call)),
  );
}
