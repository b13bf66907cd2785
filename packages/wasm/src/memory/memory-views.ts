import type { Allocator } from './arena';

/** Typed arrays over all of a memory, made again when it has grown. */
export class MemoryViews {
  readonly #memory: WebAssembly.Memory;
  #buffer: ArrayBufferLike | undefined;
  #halfwords = new Uint16Array();
  #words = new Uint32Array();
  #float32 = new Float32Array();
  #float64 = new Float64Array();

  constructor({ memory }: Pick<Allocator, 'memory'>) {
    this.#memory = memory;
  }

  get float16(): Uint16Array {
    this.#refresh();
    return this.#halfwords;
  }

  get words(): Uint32Array {
    this.#refresh();
    return this.#words;
  }

  get float32(): Float32Array {
    this.#refresh();
    return this.#float32;
  }

  get float64(): Float64Array {
    this.#refresh();
    return this.#float64;
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#halfwords = new Uint16Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#float32 = new Float32Array(buffer);
    this.#float64 = new Float64Array(buffer);
  }
}
