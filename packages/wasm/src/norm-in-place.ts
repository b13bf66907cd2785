import type { CallPlan, NormCall, NormResult } from '@normlayers/core/adapter';
import { compileKernels, instantiateKernels } from './kernels/compile';
import { type KernelChoice, kernelBytes } from './kernels/kernel-files';
import type { TensorPointers } from './kernels/launch';
import type { Allocator } from './memory/arena';
import { Device } from './memory/device';
import { NormTask } from './norm-task';

/**
 * The kernels over a memory that is somebody else's: x, dy and the result are computed where they lie. What
 * else a call needs takes a block from the memory's own allocator, which is kept for calls like it.
 */
export class NormInPlace {
  readonly #device: Device;
  #task: NormTask | null = null;

  /** Use `createNormInPlace`. */
  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * Computes a call whose plan has been made. Its x and dy are read for their type and shape only, and lie at
   * `pointers` in the order of the plan's view, float32 or float64; where the result goes may be where x or
   * dy is, but for Batch Norm of fewer than 32 positions next to one another. Every other tensor of the call
   * has its data.
   *
   * @returns what the call returns besides y or dx.
   * @throws NormError `out-of-memory`.
   */
  run(call: NormCall, plan: CallPlan, pointers: TensorPointers): NormResult {
    if (this.#task?.fits(call, plan)) {
      this.#task.take(call, plan);
    } else {
      this.dispose();
      this.#task = new NormTask(this.#device, call, plan);
    }
    this.#task?.runOn(pointers.x, pointers.out, pointers.dy);
    return this.#task?.results() as NormResult;
  }

  /** Gives the memory's block back. May be called twice. */
  dispose(): void {
    this.#task?.dispose();
    this.#task = null;
  }
}

/**
 * Compiles the kernels over a memory that is not shared.
 *
 * @param allocator hands out blocks of the memory, at multiples of 16 bytes.
 * @param choice which kernels: those for float64 too, by default.
 * @throws NormError `backend` where WebAssembly SIMD is missing.
 */
export async function createNormInPlace(
  allocator: Allocator,
  choice: KernelChoice = {},
): Promise<NormInPlace> {
  const kernels = await instantiateKernels(await compileKernels(await kernelBytes(choice)), allocator.memory);
  return new NormInPlace(new Device(kernels, allocator, { readAhead: choice.readAhead }));
}
