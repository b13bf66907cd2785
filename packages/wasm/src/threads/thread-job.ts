/** How threads share one call of a kernel: it lies in the shared memory, and each takes chunks of it until none is left. */

/** Where what is shared begins, in bytes; int32 numbers, then the kernel's arguments. */
export const JOB_START = 64;
const ARGUMENTS_START = JOB_START + 128;
/** Where it ends, and tensors may begin. */
export const JOB_END = ARGUMENTS_START + 256;

/** Places of the int32 numbers. */
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
  arguments: 7,
  /** Which argument is the first unit; the one after it is where the units end. */
  range: 8,
  /** By how much the scratch, always the last argument, is further on for each thread. */
  scratchStride: 9,
  /** The same for the sums of gamma's and beta's gradients, arguments 4 and 5; 0 where there are none. */
  sumsStride: 10,
} as const;

/** Arguments of backward kernels that each thread has its own of. */
const DGAMMA = 4;
const DBETA = 5;

/** The job's two parts in a memory. */
export class ThreadJob {
  readonly slots: Int32Array;
  readonly arguments: Float64Array;

  constructor(buffer: ArrayBufferLike) {
    this.slots = new Int32Array(buffer, JOB_START, 32);
    this.arguments = new Float64Array(buffer, ARGUMENTS_START, 32);
  }

  /** Takes chunks and computes them, until none is left. */
  work(kernels: readonly ((...args: number[]) => void)[], thread: number): void {
    const { slots } = this;
    const units = slots[Slot.units];
    const chunk = slots[Slot.chunk];
    const kernel = kernels[slots[Slot.kernel]];
    const range = slots[Slot.range];
    const args = Array.from(this.arguments.subarray(0, slots[Slot.arguments]));
    args[args.length - 1] += thread * slots[Slot.scratchStride];
    const sums = thread * slots[Slot.sumsStride];
    if (sums > 0) {
      args[DGAMMA] += sums;
      args[DBETA] += sums;
    }
    for (;;) {
      const begin = Atomics.add(slots, Slot.next, chunk);
      if (begin >= units) return;
      args[range] = begin;
      args[range + 1] = Math.min(begin + chunk, units);
      kernel(...args);
    }
  }
}
