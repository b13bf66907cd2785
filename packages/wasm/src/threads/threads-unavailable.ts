/** Why this environment has no threads, or null where it has. */
export function threadsUnavailable(): string | null {
  if (typeof SharedArrayBuffer === 'undefined' || globalThis.crossOriginIsolated === false) {
    return 'threads need shared memory: serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (typeof Worker === 'undefined' && nodeWorkers() === undefined)
    return 'this environment starts no workers';
  return null;
}

/** Node's module of workers, or undefined elsewhere. */
export function nodeWorkers() {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}
