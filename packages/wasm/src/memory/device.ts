import { allocate, type DType, type TensorData } from '@normlayers/core/adapter';
import type { KernelExports, Kernels } from '../kernels/compile';
import type { Kernel, KernelName, KernelType } from '../kernels/kernel-table';
import type { ThreadPool } from '../threads/thread-pool';
import type { Allocator } from './arena';
import { MemoryViews } from './memory-views';

export interface DeviceOptions {
  readonly pool?: ThreadPool | null;
  readonly readAhead?: boolean | undefined;
}

/** One memory with the kernels over it: where tensors are put, computed on and fetched. */
export class Device {
  readonly kernels: Kernels;
  readonly arena: Allocator;
  readonly views: MemoryViews;
  readonly pool: ThreadPool | null;
  /** Whether float32 rows are read ahead; undefined where the process finds out. */
  readonly readAhead: boolean | undefined;
  #viewed: Float32Array | Float64Array | undefined;
  #window: Float32Array | Float64Array | undefined;

  constructor(kernels: Kernels, arena: Allocator, { pool = null, readAhead }: DeviceOptions = {}) {
    this.kernels = kernels;
    this.readAhead = readAhead;
    this.arena = arena;
    this.views = new MemoryViews(arena);
    this.pool = pool;
  }

  /** How many threads a kernel may run on. */
  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  kernel(type: KernelType, name: KernelName): Kernel {
    return (this.kernels[type] as KernelExports)[name];
  }

  /** Puts elements `from` to `to` of an array at a pointer; float16 becomes float32 there. */
  write(pointer: number, data: TensorData, from = 0, to = data.length): void {
    if (data instanceof Uint16Array) {
      // The bits lie in the upper half of where the widened numbers go: each is read before it is
      // overwritten.
      const bits = pointer + 2 * (to - from);
      this.views.float16.set(part(data, from, to), bits >>> 1);
      this.kernels.float16.widenHalf(bits, pointer, to - from);
    } else if (data instanceof Float32Array) {
      this.views.float32.set(part(data, from, to), pointer >>> 2);
    } else {
      this.views.float64.set(part(data, from, to), pointer >>> 3);
    }
  }

  /** Fetches numbers from a pointer into elements from `from` on; float16 is rounded on its way. */
  read(pointer: number, into: TensorData, from: number, count: number): void {
    if (into instanceof Uint16Array) {
      const bits = this.arena.allocate(count * 2);
      this.kernels.float16.roundHalf(pointer, bits, count);
      into.set(this.views.float16.subarray(bits >>> 1, (bits >>> 1) + count), from);
      this.arena.release(bits);
    } else {
      const view = into instanceof Float32Array ? this.views.float32 : this.views.float64;
      into.set(this.#windowOf(view, pointer, count), from);
    }
  }

  /**
   * Elements of the memory. The last window is kept, since one takes 100 bytes and often the same is wanted
   * again.
   */
  #windowOf(view: Float32Array | Float64Array, pointer: number, count: number): Float32Array | Float64Array {
    const last = this.#window;
    if (view === this.#viewed && last?.byteOffset === pointer && last.length === count) return last;
    const start = pointer / view.BYTES_PER_ELEMENT;
    this.#viewed = view;
    this.#window = view.subarray(start, start + count);
    return this.#window;
  }

  /** out = a + b, in the type that is computed in; pointers, of which out may be one of the others. */
  add(dtype: DType, a: number, b: number, out: number, count: number): void {
    (this.kernels[computedIn(dtype)] as KernelExports).add(a, b, out, count);
  }

  /** The numbers at a pointer as their type stores them: float16, which is widened here, loses what it does not hold. */
  roundAsStored(dtype: DType, pointer: number, count: number): void {
    if (dtype !== 'float16') return;
    const bits = this.arena.allocate(count * 2);
    this.kernels.float16.roundHalf(pointer, bits, count);
    this.kernels.float16.widenHalf(bits, pointer, count);
    this.arena.release(bits);
  }

  /** A copy of float64 numbers. */
  readFloat64(pointer: number, count: number): Float64Array {
    return this.views.float64.slice(pointer >>> 3, (pointer >>> 3) + count);
  }

  /** A new array of the numbers at a pointer. */
  fetch(pointer: number, dtype: DType, count: number): TensorData {
    if (dtype === 'float32') return this.views.float32.slice(pointer >>> 2, (pointer >>> 2) + count);
    const data = allocate(dtype, count);
    this.read(pointer, data, 0, count);
    return data;
  }

  /** Lets the threads go. */
  dispose(): void {
    this.pool?.dispose();
  }
}

function part<T extends TensorData>(data: T, from: number, to: number): T {
  return (from === 0 && to === data.length ? data : data.subarray(from, to)) as T;
}

/** What a type is computed in. */
export function computedIn(dtype: DType): KernelType {
  return dtype === 'float64' ? 'float64' : 'float32';
}

/** How many bytes an element takes while it is computed with: float16 is widened. */
export function elementBytes(dtype: DType): 4 | 8 {
  return dtype === 'float64' ? 8 : 4;
}
