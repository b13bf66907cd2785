import type { Host } from '../host';

const NEEDS_BROWSER = 'needs a browser (--runtime chromium)';

/** Frameworks are loaded when a back end of theirs is opened: they take up to a second, and print on loading. */
export const NODE: Host = {
  lacks: async (need) => (need === 'shared memory' || need === 'node' ? null : NEEDS_BROWSER),
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
  },
};
