import { NormError } from '@normlayers/core/adapter';
import { compileKernels, instantiateKernels } from '../kernels/compile';
import type { KernelBytes } from '../kernels/kernel-files';
import { kernelTable } from '../kernels/kernel-table';
import { Arena } from '../memory/arena';
import { createMemory } from '../memory/create-memory';
import { Device } from '../memory/device';
import { withSharedMemory } from './shared-import';
import { jobEnd } from './thread-job';
import { ThreadPool } from './thread-pool';
import { threadsLack } from './threads-unavailable';

const PAGE = 65536;

export interface ThreadedDeviceOptions {
  readonly threads: number;
  readonly maximumBytes: number;
  readonly readAhead: boolean | undefined;
}

/**
 * A device with a memory that threads share. Loaded where threads are asked for: most pages do not.
 *
 * @throws NormError `backend` where there are none.
 */
export async function threadedDevice(
  bytes: KernelBytes,
  { threads, maximumBytes, readAhead }: ThreadedDeviceOptions,
): Promise<Device> {
  const lack = threadsLack();
  if (lack !== null) throw new NormError('backend', `${lack}.`);
  const maximum = Math.ceil(maximumBytes / PAGE);
  const modules = await compileKernels({
    float32: withSharedMemory(bytes.float32, maximum),
    float64: bytes.float64 && withSharedMemory(bytes.float64, maximum),
    float16: withSharedMemory(bytes.float16, maximum),
  });
  const start = jobEnd(threads);
  const memory = createMemory({ initial: Math.ceil(start / PAGE), maximum, shared: true });
  const kernels = await instantiateKernels(modules, memory);
  const { float32, float64 } = modules;
  const table = kernelTable(kernels.float32, kernels.float64);
  const pool = await ThreadPool.start(threads, { float32, float64 }, table, memory);
  return new Device(kernels, new Arena(memory, start, maximumBytes), { pool, readAhead });
}
