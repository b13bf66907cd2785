import { elementsPerUnit, type Geometry } from '../kernels/geometry';
import {
  type Kernel,
  type KernelModules,
  type KernelName,
  type KernelType,
  kernelNumber,
} from '../kernels/kernel-table';
import type { Launch } from '../kernels/launch';
import { unitsAtOnce } from './chunks';
import { startWorkers, type Thread } from './start-workers';
import { Slot, ThreadJob } from './thread-job';

/** What of a task the threads need to know. */
export interface ThreadedTask {
  readonly geometry: Geometry;
  readonly type: KernelType;
  readonly kernel: KernelName;
  /** Bytes per element in memory. */
  readonly size: 4 | 8;
  readonly launch: Launch;
}

/** How often to look whether the others are done before going to sleep over it. */
const LOOKS = 20_000;

/**
 * Worker threads over one shared memory, which help the thread that asks; that one waits until all is done.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #workers: readonly Thread[];
  readonly #kernels: readonly Kernel[];
  readonly #job: ThreadJob;
  readonly #maySleep: boolean;

  private constructor(workers: readonly Thread[], kernels: readonly Kernel[], memory: WebAssembly.Memory) {
    this.threads = workers.length + 1;
    this.#workers = workers;
    this.#kernels = kernels;
    this.#job = new ThreadJob(memory.buffer, this.threads);
    this.#maySleep = maySleepOn(this.#job.slots);
  }

  /**
   * Starts the workers; they run when this resolves.
   *
   * @throws NormError `backend` where they do not start: all are let go then.
   */
  static async start(
    threads: number,
    modules: KernelModules,
    kernels: readonly Kernel[],
    memory: WebAssembly.Memory,
  ): Promise<ThreadPool> {
    const setups = Array.from({ length: threads - 1 }, (_, i) => ({
      ...modules,
      memory,
      thread: i + 1,
      threads,
    }));
    return new ThreadPool(await startWorkers(setups), kernels, memory);
  }

  /**
   * Runs a task's launch over all its units; done when it returns.
   *
   * @param strides how far apart the threads' scratch and sums lie.
   * @returns false where there is too little to do for more than one thread; nothing has been done then.
   */
  run(task: ThreadedTask, strides: { readonly scratchStride: number; readonly sumsStride: number }): boolean {
    const { geometry, type, kernel, launch } = task;
    const chunk = unitsAtOnce(geometry, elementsPerUnit(geometry) * task.size, this.threads);
    if (chunk === 0) return false;
    const { slots } = this.#job;
    this.#job.write(launch.words, strides.scratchStride, strides.sumsStride);
    slots[Slot.units] = geometry.units;
    slots[Slot.chunk] = chunk;
    slots[Slot.kernel] = kernelNumber(type, kernel);
    Atomics.store(slots, Slot.next, 0);
    Atomics.store(slots, Slot.open, 1);
    Atomics.add(slots, Slot.job, 1);
    Atomics.notify(slots, Slot.job);
    this.#job.work(this.#kernels, 0);
    Atomics.store(slots, Slot.open, 0);
    this.#wait();
    return true;
  }

  /** Lets the threads go. */
  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  /** Each is at its last chunk: not long. */
  #wait(): void {
    const { slots } = this.#job;
    for (let looks = 0; ; looks++) {
      const active = Atomics.load(slots, Slot.active);
      if (active === 0) return;
      if (looks > LOOKS && this.#maySleep) Atomics.wait(slots, Slot.active, active, 1);
    }
  }
}

/** A page's main thread may not sleep. */
function maySleepOn(slots: Int32Array): boolean {
  try {
    Atomics.wait(slots, Slot.active, 1, 0);
    return true;
  } catch {
    return false;
  }
}
