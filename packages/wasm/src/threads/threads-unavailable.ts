/** Why the last workers were not started; null where they were, or none have been asked for. */
let refusal: string | null = null;

/**
 * Why this environment has no threads, in a sentence without its full stop; null where nothing speaks against them.
 *
 * What a page's policy forbids (`worker-src`), or Node's permissions, shows only when workers are started: `createNorm`
 * rejects then, and this says why until workers have been started.
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
  return threadsLack() ?? refusal;
}

/** What threads need and the environment has not: known before workers are started. */
export function threadsLack(): string | null {
  if (typeof SharedArrayBuffer === 'undefined' || globalThis.crossOriginIsolated === false) {
    return 'threads need shared memory: serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (typeof Worker === 'undefined' && nodeWorkers() === undefined) {
    return 'this environment starts no workers';
  }
  return null;
}

/** Notes whether workers were started: null, or why not. */
export function noteStart(reason: string | null): void {
  refusal = reason;
}

/** Node's module of workers, or undefined elsewhere. */
export function nodeWorkers() {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}
