import type { CatalogueEntry, Need } from '../entry';
import type { Host } from '../host';

const NEEDS_BROWSER = 'needs a browser (--runtime chromium)';

/** Frameworks are loaded when a back end of theirs is opened: they take up to a second, and print on loading. */
export const NODE: Host = {
  lacks: async (need) => (hasNeed(need) ? null : NEEDS_BROWSER),
  frameworks: {
    async ort() {
      const ort = await import('onnxruntime-web');
      ort.env.logLevel = 'error';
      ort.env.wasm.numThreads = 1;
      return ort;
    },
    /** All of TensorFlow.js: its own operators need the gradients that tfjs-core alone does not register. */
    async tfjs(backend) {
      const tf = await import('@tensorflow/tfjs');
      if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
      await tf.setBackend(backend);
      return tf;
    },
    jax: () => import('@jax-js/jax'),
  },
};

/** What Node lacks of what a back end needs, in a sentence; null where nothing stands against it. */
export function lackedByNode({ needs }: CatalogueEntry): string | null {
  return needs.every(hasNeed) ? null : NEEDS_BROWSER;
}

function hasNeed(need: Need): boolean {
  return need === 'shared memory' || need === 'node';
}
