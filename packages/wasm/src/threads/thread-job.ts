import type { Kernel } from '../kernels/kernel-table';
import { LAUNCH_BYTES, WORD } from '../kernels/launch';

/**
 * How threads share one call of a kernel. It lies at the start of the shared memory: a few numbers, and a
 * launch for each thread. Each thread takes chunks of the call's units until none is left.
 */

/** Where the numbers begin, in bytes: int32. */
const JOB_START = 64;
const LAUNCHES_START = JOB_START + 128;

/** Where the launches of so many threads end, and tensors may begin. */
export function jobEnd(threads: number): number {
  return LAUNCHES_START + threads * LAUNCH_BYTES;
}

/** Places of the numbers. */
export const Slot = {
  /** Counts the jobs; threads sleep on it. */
  job: 0,
  /** 1 while chunks may be taken. */
  open: 1,
  /** How many workers look at the job. */
  active: 2,
  /** The first unit that nobody has taken yet. */
  next: 3,
  units: 4,
  /** How many units are taken at a time. */
  chunk: 5,
  /** Which kernel. */
  kernel: 6,
} as const;

/** A job's parts in a memory. */
export class ThreadJob {
  readonly slots: Int32Array;
  readonly #launches: Uint32Array;

  constructor(buffer: ArrayBufferLike, threads: number) {
    this.slots = new Int32Array(buffer, JOB_START, 32);
    this.#launches = new Uint32Array(buffer, LAUNCHES_START, (threads * LAUNCH_BYTES) / 4);
  }

  /**
   * Gives each thread its launch: the same, but for scratch and the sums of dgamma and dbeta, so many bytes
   * on.
   */
  write(launch: Uint32Array, scratchStride: number, sumsStride: number): void {
    const launches = this.#launches;
    for (let start = 0, thread = 0; start < launches.length; start += launch.length, thread++) {
      launches.set(launch, start);
      launches[start + WORD.scratch] += thread * scratchStride;
      launches[start + WORD.dgamma] += thread * sumsStride;
      launches[start + WORD.dbeta] += thread * sumsStride;
    }
  }

  /** Takes chunks and computes them, until none is left. */
  work(kernels: readonly Kernel[], thread: number): void {
    const { slots } = this;
    const launches = this.#launches;
    const units = slots[Slot.units];
    const chunk = slots[Slot.chunk];
    const kernel = kernels[slots[Slot.kernel]];
    const pointer = LAUNCHES_START + thread * LAUNCH_BYTES;
    const start = (thread * LAUNCH_BYTES) / 4;
    for (;;) {
      const begin = Atomics.add(slots, Slot.next, chunk);
      if (begin >= units) return;
      launches[start + WORD.begin] = begin;
      launches[start + WORD.end] = Math.min(begin + chunk, units);
      kernel(pointer);
    }
  }
}
