import { type KernelModules, kernelTable } from '../kernels/kernel-table';
import { Slot, ThreadJob } from './thread-job';

/** What a worker is sent once. It answers, once, when its kernels are ready. */
export interface ThreadSetup extends KernelModules {
  readonly memory: WebAssembly.Memory;
  /** From 1 on; thread 0 is the one that asks. */
  readonly thread: number;
  readonly threads: number;
}

interface Port {
  onmessage: ((event: { data: ThreadSetup }) => void) | null;
  postMessage(message: 'ready'): void;
}

/**
 * How often to look for the next job before going to sleep: some 75 microseconds. Waking takes 20, and one
 * call follows another: two threads are 1.7 times as fast as one on [512, 768], and without it 1.4 times
 * (measured, Node 20).
 */
const LOOKS = 10_000;

/** Waits until there is a job, helps with it, and sleeps again, until it is terminated. */
function help({ float32, float64, memory, thread, threads }: ThreadSetup): void {
  const instantiate = (module: WebAssembly.Module) => new WebAssembly.Instance(module, { env: { memory } });
  const kernels = kernelTable(instantiate(float32).exports, float64 && instantiate(float64).exports);
  const job = new ThreadJob(memory.buffer, threads);
  const { slots } = job;
  port.postMessage('ready');
  for (let seen = 0; ; ) {
    for (let looks = 0; looks < LOOKS && Atomics.load(slots, Slot.job) === seen; looks++);
    Atomics.wait(slots, Slot.job, seen);
    seen = Atomics.load(slots, Slot.job);
    // Whoever comes late must not take the next job's chunks with this one's launch: it is counted first, and
    // the next job is not written before all that were counted have gone.
    Atomics.add(slots, Slot.active, 1);
    if (Atomics.load(slots, Slot.open) === 1) job.work(kernels, thread);
    Atomics.sub(slots, Slot.active, 1);
    Atomics.notify(slots, Slot.active);
  }
}

const port = (globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort ??
  globalThis) as unknown as Port;
port.onmessage = ({ data }) => help(data);
