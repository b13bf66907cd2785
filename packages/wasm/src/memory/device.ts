import { allocate, type DType, type TensorData } from '@normlayers/core';
import type { KernelExports, Kernels } from '../kernels/kernels';
import type { Launch } from '../kernels/launch';
import type { ThreadPool } from '../threads/thread-pool';
import type { Allocator } from './arena';
import { MemoryViews } from './memory-views';

/** One memory with the kernels over it: where tensors are put, computed on and fetched. */
export class Device {
  readonly kernels: Kernels;
  readonly arena: Allocator;
  readonly views: MemoryViews;
  readonly pool: ThreadPool | null;
  #whole: Float32Array | Float64Array | undefined;
  #last: Float32Array | Float64Array | undefined;

  constructor(kernels: Kernels, arena: Allocator, pool: ThreadPool | null = null) {
    this.kernels = kernels;
    this.arena = arena;
    this.views = new MemoryViews(arena);
    this.pool = pool;
  }

  /** How many threads a kernel may run on. */
  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  /** Runs a kernel over all its units, on several threads where there are and it is worth it. */
  launchAll(type: 'float32' | 'float64', launch: Launch, units: number, unitBytes: number): void {
    if (!this.pool?.run(type, launch, units, unitBytes)) this.bound(type, launch)();
  }

  /** What runs a kernel on this thread, again and again: its arguments are boxed here, once, and not 400 bytes for each run. */
  bound(type: 'float32' | 'float64', { kernel, args }: Launch): () => void {
    return (this.kernels[type] as KernelExports)[kernel].bind(undefined, ...args);
  }

  /** Lets the threads go. */
  dispose(): void {
    this.pool?.dispose();
  }

  /** Puts elements `from` to `to` of an array at a place; float16 becomes float32 there. */
  write(place: number, data: TensorData, from = 0, to = data.length): void {
    if (data instanceof Uint16Array) {
      // Staged in the upper half of where the widened numbers go: each is read before it is overwritten.
      const staged = place + 2 * (to - from);
      this.views.float16.set(part(data, from, to), staged >> 1);
      this.kernels.float16.widenHalf(staged, place, to - from);
    } else if (data instanceof Float32Array) {
      this.views.float32.set(part(data, from, to), place >> 2);
    } else {
      this.views.float64.set(part(data, from, to), place >> 3);
    }
  }

  /** Fetches numbers from a place into elements from `from` on; float16 is rounded on its way. */
  read(place: number, into: TensorData, from: number, count: number): void {
    if (into instanceof Uint16Array) {
      const staged = this.arena.allocate(count * 2);
      this.kernels.float16.roundHalf(place, staged, count);
      into.set(this.views.float16.subarray(staged >> 1, (staged >> 1) + count), from);
      this.arena.release(staged);
    } else {
      into.set(
        this.#window(into instanceof Float32Array ? this.views.float32 : this.views.float64, place, count),
        from,
      );
    }
  }

  /** Elements of the memory; made once where the same are wanted again and again, since a view takes 100 bytes. */
  #window(view: Float32Array | Float64Array, place: number, count: number): Float32Array | Float64Array {
    const last = this.#last;
    if (view === this.#whole && last?.byteOffset === place && last.length === count) return last;
    const start = place / view.BYTES_PER_ELEMENT;
    this.#whole = view;
    this.#last = view.subarray(start, start + count);
    return this.#last;
  }

  /** A copy of float64 numbers. */
  readFloat64(place: number, count: number): Float64Array {
    return this.views.float64.slice(place >> 3, (place >> 3) + count);
  }

  /** A new array of the numbers at a place. */
  fetch(place: number, dtype: DType, count: number): TensorData {
    if (dtype === 'float32') return this.views.float32.slice(place >> 2, (place >> 2) + count);
    const data = allocate(dtype, count);
    this.read(place, data, 0, count);
    return data;
  }
}

function part<T extends TensorData>(data: T, from: number, to: number): T {
  return (from === 0 && to === data.length ? data : data.subarray(from, to)) as T;
}

/** How many bytes an element takes while it is computed with: float16 is widened. */
export function elementBytes(dtype: DType): 4 | 8 {
  return dtype === 'float64' ? 8 : 4;
}
