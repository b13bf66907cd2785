/** Why the last workers were not started. */
let refusal: string | null = null;

/**
 * Why this environment has no threads, in a sentence without its full stop; null where nothing speaks against
 * them.
 *
 * What a page's policy forbids (`worker-src`), or Node's permissions, shows only when workers are started:
 * `createNorm` rejects then, and this says why from then on.
 *
 * @example
 * ```ts
 * import { createNorm, threadsUnavailable } from '@normlayers/wasm';
 *
 * const norm = await createNorm({ threads: threadsUnavailable() === null ? 2 : 1 });
 * assert(norm.threads >= 1);
 * norm.dispose();
 * ```
 */
export function threadsUnavailable(): string | null {
  if (typeof SharedArrayBuffer === 'undefined' || globalThis.crossOriginIsolated === false) {
    return 'threads need shared memory: serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (typeof Worker === 'undefined' && nodeWorkers() === undefined) {
    return 'this environment starts no workers';
  }
  return refusal;
}

/** Notes why workers were not started; gives the sentence. */
export function rememberRefusal(reason: string): string {
  refusal = `threads were not started: ${reason}`;
  return refusal;
}

/** Node's module of workers, or undefined elsewhere. */
export function nodeWorkers() {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}
