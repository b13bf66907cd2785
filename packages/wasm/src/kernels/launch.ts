import type { MemoryViews } from '../memory/memory-views';
import type { Geometry } from './geometry';
import type { Kernel } from './kernel-table';

/**
 * The fields of a launch behind `epsilon`, of 4 bytes each, in the order of memory. assembly/launch.ts says
 * what they mean.
 */
export const LAUNCH_FIELDS = [
  'x',
  'out',
  'dy',
  'gamma',
  'beta',
  'givenMean',
  'givenInvStd',
  'mean',
  'variance',
  'invStd',
  'dgamma',
  'dbeta',
  'scratch',
  'begin',
  'end',
  'groupStride',
  'runs',
  'runStride',
  'length',
  'perParameter',
  'count',
  'columns',
  'centred',
  'readAhead',
] as const;

export type LaunchField = (typeof LAUNCH_FIELDS)[number];

/**
 * How much memory a launch takes, with the room that the kernels use behind its fields: whole cache lines.
 */
export const LAUNCH_BYTES = 192;

/** A field's number among words of 4 bytes; `epsilon`, a float64, comes first. */
export const WORD = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ LAUNCH_FIELDS.map((name, index) => [name, index + 2]),
) as Readonly<Record<LaunchField, number>>;

/** Pointers to a call's large tensors, in bytes. */
export interface TensorPointers {
  readonly x: number;
  /** y, or dx. May be x or dy, but for columns. */
  readonly out: number;
  /** 0 but for backward. */
  readonly dy: number;
}

/**
 * A call of a kernel: a record in the memory that the kernel runs over. Fields that change from call to call
 * are known here too, and written only where they change: to look at a memory's buffer takes 50 ns, a
 * twentieth of a small call.
 */
export class Launch {
  readonly pointer: number;
  readonly #views: MemoryViews;
  readonly #kernel: Kernel;
  readonly #geometry: Geometry;
  #epsilon = NaN;
  #x = NaN;
  #out = NaN;
  #dy = NaN;
  #begin = NaN;
  #end = NaN;
  #readAhead = false;
  #runs: number;

  /** @param pointer to LAUNCH_BYTES bytes, at a multiple of 8. */
  constructor(views: MemoryViews, pointer: number, kernel: Kernel, geometry: Geometry) {
    this.pointer = pointer;
    this.#views = views;
    this.#kernel = kernel;
    this.#geometry = geometry;
    const { groupStride, runs, runStride, length, perParameter, count, columns } = geometry;
    this.#runs = runs;
    this.write({ groupStride, runs, runStride, length, perParameter, count, columns, readAhead: 0 });
  }

  write(fields: Partial<Record<LaunchField, number>>): void {
    const { words } = this.#views;
    const start = this.pointer >>> 2;
    for (const [name, value] of Object.entries(fields)) words[start + WORD[name as LaunchField]] = value;
  }

  /** All fields, as they lie in memory. */
  get words(): Uint32Array {
    const start = this.pointer >>> 2;
    return this.#views.words.subarray(start, start + LAUNCH_BYTES / 4);
  }

  /** Added to the variance. */
  set epsilon(epsilon: number) {
    if (epsilon === this.#epsilon) return;
    this.#epsilon = epsilon;
    this.#views.float64[this.pointer >>> 3] = epsilon;
  }

  /** Says where the tensors lie and which units are to be computed. */
  aim(x: number, out: number, dy: number, begin: number, end: number): void {
    if (x === this.#x && out === this.#out && dy === this.#dy && begin === this.#begin && end === this.#end) {
      return;
    }
    this.#x = x;
    this.#out = out;
    this.#dy = dy;
    this.#begin = begin;
    this.#end = end;
    this.write({ x, out, dy, begin, end });
  }

  /** Says whether the next row is read while one is written: float32 rows only. */
  set readAhead(ahead: boolean) {
    if (ahead === this.#readAhead) return;
    this.#readAhead = ahead;
    this.write({ readAhead: ahead ? 1 : 0 });
  }

  /** Says of how many samples, of Batch Norm's x, the elements are at hand. */
  takeSamples(runs: number): void {
    if (runs === this.#runs) return;
    this.#runs = runs;
    this.write({ runs, perParameter: runs * this.#geometry.length });
  }

  /** Computes it on this thread. */
  run(): void {
    this.#kernel(this.pointer);
  }
}
