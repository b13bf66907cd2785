import type { InferenceSession } from 'onnxruntime-web';
import type { OrtBuild } from '../frameworks';
import type { Host } from '../host';
import { lackedByBrowser, nodeOnly } from './browser-needs';

/** A bundle that Vite makes: each framework is fetched when a back end of it is first opened. */
export const BUNDLE: Host = {
  async lacks(need) {
    if (need === 'own page') return 'a bundle has one build of each framework';
    return lackedByBrowser(need);
  },
  frameworks: { ort, tfjs, jax: nodeOnly },
};

/** TensorFlow.js with a backend's package loaded: one copy for all adapters of it. */
async function tfjs(backend: string) {
  const tf = await import('@tensorflow/tfjs');
  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (backend === 'wasm') {
    const [{ setWasmPaths }, plain, simd] = await Promise.all([
      import('@tensorflow/tfjs-backend-wasm'),
      import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url'),
      import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url'),
    ]);
    // Its threads are started from a script's own address, which a bundle does not have.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plain.default,
      'tfjs-backend-wasm-simd.wasm': simd.default,
      // It must be named, and is never fetched.
      'tfjs-backend-wasm-threaded-simd.wasm': simd.default,
    });
  }
  return tf;
}

const ORT_BUILDS = {
  wasm: () => import('onnxruntime-web/wasm'),
  all: () => import('onnxruntime-web/all'),
  webgpu: () => import('onnxruntime-web/webgpu'),
  webgl: () => import('onnxruntime-web/webgl'),
} as const;

async function ort(build: OrtBuild) {
  const ort = await ORT_BUILDS[build]();
  ort.env.wasm.numThreads = 1;
  // Fatal only: what else goes wrong is told in the report, and a native adapter would fill the page's console.
  const quiet = { logSeverityLevel: 4 } as const;
  ort.env.logLevel = 'fatal';
  async function create(model: Uint8Array, options?: InferenceSession.SessionOptions) {
    const session = await ort.InferenceSession.create(model, { ...options, ...quiet });
    const run = session.run.bind(session);
    session.run = (feeds: InferenceSession.FeedsType) => run(feeds, quiet);
    return session;
  }
  return { env: ort.env, Tensor: ort.Tensor, InferenceSession: { create } as typeof ort.InferenceSession };
}
