import type { MemoryViews } from '../memory/memory-views';
import { elementsPerUnit, type Geometry } from './geometry';
import type { Kernel } from './kernel-table';

/** The fields of a launch behind `epsilon`, of 4 bytes each, in the order of memory. assembly/launch.ts says what they mean. */
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
] as const;

export type LaunchField = (typeof LAUNCH_FIELDS)[number];

/** How much memory a launch takes, with the room that the kernels use behind its fields: whole cache lines. */
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

/** A call of a kernel: a record in the memory that the kernel runs over. */
export class Launch {
  readonly pointer: number;
  readonly #views: MemoryViews;
  readonly #kernel: Kernel;
  readonly #geometry: Geometry;

  /** @param pointer to LAUNCH_BYTES bytes, at a multiple of 8. */
  constructor(views: MemoryViews, pointer: number, kernel: Kernel, geometry: Geometry) {
    this.pointer = pointer;
    this.#views = views;
    this.#kernel = kernel;
    this.#geometry = geometry;
    const { groupStride, runs, runStride, length, perParameter, count, columns } = geometry;
    this.write({ groupStride, runs, runStride, length, perParameter, count, columns });
  }

  write(fields: Partial<Record<LaunchField, number>>): void {
    for (const [name, value] of Object.entries(fields)) this.#set(name as LaunchField, value);
  }

  set epsilon(epsilon: number) {
    this.#views.float64[this.pointer >>> 3] = epsilon;
  }

  /** All fields, as they lie in memory. */
  get words(): Uint32Array {
    const start = this.pointer >>> 2;
    return this.#views.words.subarray(start, start + LAUNCH_BYTES / 4);
  }

  /** Says where the tensors lie and which units are to be computed. */
  aim(x: number, out: number, dy: number, begin: number, end: number): void {
    const { words } = this.#views;
    const start = this.pointer >>> 2;
    words[start + WORD.x] = x;
    words[start + WORD.out] = out;
    words[start + WORD.dy] = dy;
    words[start + WORD.begin] = begin;
    words[start + WORD.end] = end;
  }

  /** Of a channel's elements, only those of so many samples are at hand. */
  takeSamples(runs: number): void {
    const { perParameter, length } = this.#geometry;
    this.#set('runs', runs);
    if (perParameter === elementsPerUnit(this.#geometry)) this.#set('perParameter', runs * length);
  }

  /** Computes it on this thread. */
  run(): void {
    this.#kernel(this.pointer);
  }

  #set(name: LaunchField, value: number): void {
    this.#views.words[(this.pointer >>> 2) + WORD[name]] = value;
  }
}
