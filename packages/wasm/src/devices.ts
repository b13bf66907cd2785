import { compileKernels, instantiateKernels } from './kernels/compile';
import { type KernelSimd, kernelBytes } from './kernels/kernel-files';
import { Arena } from './memory/arena';
import { createMemory } from './memory/create-memory';
import { Device } from './memory/device';
import { checkedOptions, type WasmOptions } from './options';

/** Where resident tensors are computed on, and where arrays pass through: the same on one thread. */
export interface Devices {
  readonly simd: KernelSimd;
  readonly resident: Device;
  /**
   * Arrays pass through one thread's memory in any case, and a memory that threads share is slower to copy
   * into and out of: Layer Norm of [128, 768] took 1.15 times as long in it (measured).
   */
  readonly arrays: Device;
}

/** Before it nothing is put: 0 stands for no pointer. */
const ARENA_START = 64;

/**
 * Devices with memories of their own.
 *
 * @throws NormError `unknown-argument`, `missing-argument` for the options; `backend` where the environment
 *   lacks something; `out-of-memory`.
 */
export async function createDevices(
  options: WasmOptions,
  asking: string,
  threadsByDefault = 1,
): Promise<Devices> {
  const { maximumBytes, threads, ...choice } = checkedOptions(options, asking, threadsByDefault);
  const bytes = await kernelBytes(choice);
  const { simd } = bytes;
  const { readAhead } = choice;
  const modules = await compileKernels(bytes);
  const memory = createMemory({ initial: 1 });
  const kernels = await instantiateKernels(modules, memory);
  const arrays = new Device(kernels, new Arena(memory, ARENA_START, maximumBytes), { readAhead });
  if (threads === 1) return { simd, resident: arrays, arrays };
  const { threadedDevice } = await import('./threads/threaded-device');
  return { simd, resident: await threadedDevice(bytes, { threads, maximumBytes, readAhead }), arrays };
}
