import { NormError } from '@normlayers/core';
import { THREAD_WORKER } from '../kernels/embedded/worker';
import { type Kernel, type KernelModules, type KernelName, kernelNumber } from '../kernels/kernel-table';
import type { Launch } from '../kernels/launch';
import { Slot, ThreadJob } from './thread-job';
import type { ThreadSetup } from './thread-worker';
import { nodeWorkers } from './threads-unavailable';

/** Less is done sooner by one thread: waking another takes some 50 microseconds (measured: [256, 768] lost a quarter). */
const LEAST_BYTES = 1024 * 1024;
/** Chunks of so many bytes, so that a thread that comes late finds something left to do. */
const CHUNK_BYTES = 128 * 1024;
/**
 * Each thread goes through all rows for its columns. Of fewer than these the processor fetches the others' too: with 32 of
 * 64 channels two threads took 1.5 times as long as one (measured).
 */
const LEAST_COLUMNS = 512;
/** Which argument is 0 where groups are channels, each of which has one parameter. */
const PARAM_STEP: { readonly [K in KernelName]?: number } = { stretchesForward: 16, stretchesBackward: 15 };
/** How often to look whether the others are done before going to sleep over it. */
const LOOKS = 20_000;

interface Thread {
  terminate(): unknown;
}

/** Worker threads over one shared memory, which help the thread that asks; that one waits until all is done. */
export class ThreadPool {
  readonly threads: number;
  readonly #workers: Thread[] = [];
  readonly #kernels: readonly Kernel[];
  readonly #job: ThreadJob;
  readonly #maySleep: boolean;

  constructor(
    threads: number,
    modules: KernelModules,
    kernels: readonly Kernel[],
    memory: WebAssembly.Memory,
  ) {
    this.threads = threads;
    this.#kernels = kernels;
    this.#job = new ThreadJob(memory.buffer);
    this.#maySleep = maySleepOn(this.#job.slots);
    for (let thread = 1; thread < threads; thread++) {
      this.#workers.push(start({ ...modules, memory, thread }));
    }
  }

  /**
   * Runs a kernel over units 0 to `units`; done when it returns.
   *
   * @param unitBytes how many bytes of x a unit has.
   * @returns false where there is too little to do for more than one thread; nothing has been done then.
   */
  run(
    type: 'float32' | 'float64',
    { kernel, args, range, scratchStride, sumsStride }: Launch,
    units: number,
    unitBytes: number,
  ): boolean {
    const bytes = units * unitBytes;
    if (bytes < LEAST_BYTES || units < 2) return false;
    const { slots, arguments: shared } = this.#job;
    const columns = kernel === 'columnsForward' || kernel === 'columnsBackward';
    const share = Math.ceil(units / this.threads);
    // Batch Norm's channels, which lie far apart, are computed in the order of memory: the more neighbours, the better.
    const inOrder = args[PARAM_STEP[kernel] ?? NaN] === 0;
    const chunk = columns
      ? Math.ceil(share / 16) * 16
      : inOrder
        ? Math.ceil(share / 4)
        : Math.max(1, Math.min(Math.floor(CHUNK_BYTES / unitBytes), share));
    if (chunk >= units || (columns && chunk < LEAST_COLUMNS)) return false;
    shared.set(args);
    slots[Slot.units] = units;
    slots[Slot.chunk] = chunk;
    slots[Slot.kernel] = kernelNumber(type, kernel);
    slots[Slot.arguments] = args.length;
    slots[Slot.range] = range;
    slots[Slot.scratchStride] = scratchStride;
    slots[Slot.sumsStride] = sumsStride;
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
    for (const worker of this.#workers.splice(0)) worker.terminate();
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

function start(setup: ThreadSetup): Thread {
  if (typeof Worker !== 'undefined') {
    const url = URL.createObjectURL(new Blob([THREAD_WORKER], { type: 'text/javascript' }));
    const worker = new Worker(url);
    worker.postMessage(setup);
    URL.revokeObjectURL(url);
    return worker;
  }
  const node = nodeWorkers();
  if (node === undefined) throw new NormError('backend', 'this environment starts no workers.');
  const worker = new node.Worker(THREAD_WORKER, { eval: true });
  // A program whose work is done may end while its threads sleep.
  worker.unref();
  worker.postMessage(setup);
  return worker;
}
