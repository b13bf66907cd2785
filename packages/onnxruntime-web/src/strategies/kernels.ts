import { mapTensors } from '@normlayers/core/adapter';
import { createNorm, type WasmNorm } from '@normlayers/wasm';
import type { OnnxRuntime } from '../runtime/framework';
import { fromOrt, toOrt } from '../runtime/tensors';
import { mapResults } from './results';
import type { Compute, Computer, OrtCall } from './strategy';

/**
 * The calls on tensors in memory by the WebAssembly kernels of `@normlayers/wasm`, on the calling thread: Layer Norm of
 * [4096, 768] takes 13 ms, where a graph takes 30 (README), since a session copies x into ONNX Runtime's memory, goes over
 * it operator by operator, and copies y out.
 */
export class Kernels implements Computer {
  readonly #ort: OnnxRuntime;
  /** Float64's kernels are 5 kB of a page, which are loaded where they are used. */
  readonly #norms = new Map<'float64' | 'others', Promise<WasmNorm>>();

  constructor(ort: OnnxRuntime) {
    this.#ort = ort;
  }

  async prepare({ call, out }: OrtCall): Promise<Compute> {
    const arrays = mapTensors(call, fromOrt);
    const into = out === undefined ? undefined : fromOrt(out).data;
    const filled = call.mode === 'backward' ? 'dx' : 'y';
    const norm = await this.#normFor(arrays.x.dtype === 'float64');
    return async () =>
      mapResults(norm.run(arrays, into), (tensor, name) =>
        name === filled && out !== undefined ? out : toOrt(this.#ort, tensor),
      );
  }

  async dispose(): Promise<void> {
    const norms = [...this.#norms.values()];
    this.#norms.clear();
    for (const norm of await Promise.allSettled(norms)) {
      if (norm.status === 'fulfilled') norm.value.dispose();
    }
  }

  #normFor(float64: boolean): Promise<WasmNorm> {
    const key = float64 ? 'float64' : 'others';
    let norm = this.#norms.get(key);
    if (norm === undefined) {
      norm = createNorm({ float64 });
      this.#norms.set(key, norm);
      // The next call tries again: a page may have been offline while its modules were loaded.
      norm.catch(() => this.#norms.delete(key));
    }
    return norm;
  }
}
