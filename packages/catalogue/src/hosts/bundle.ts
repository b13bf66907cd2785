import { type NormAdapter, referenceAdapter } from '@normlayers/core';
import type { Provider } from '@normlayers/onnxruntime-web';
import type { InferenceSession } from 'onnxruntime-web';

/** Opens an adapter of the list by name. Each framework is fetched when an adapter of it is first opened. */
export async function openAdapter(name: string): Promise<NormAdapter> {
  if (name === 'reference') return referenceAdapter();
  if (name === 'wasm') return (await import('@normlayers/wasm')).wasmAdapter();
  if (name === 'wasm-threads') return (await import('@normlayers/wasm')).wasmThreadsAdapter();
  const isNative = name.startsWith('native:');
  const [family, backend] = name.replace('native:', '').split('/');
  if (family === 'tfjs') {
    const { nativeTfjsAdapter, tfjsAdapter } = await import('@normlayers/tfjs');
    const tf = await tensorFlow(backend);
    return (isNative ? nativeTfjsAdapter : tfjsAdapter)({ tf, backend });
  }
  const { nativeOnnxruntimeWebAdapter, onnxruntimeWebAdapter } = await import('@normlayers/onnxruntime-web');
  const ort = await onnxRuntime(backend as OrtBuild);
  const provider = backend.split(':')[0] as Provider;
  const float16 = provider === 'webgpu' && (await hasShaderF16());
  const adapter = (isNative ? nativeOnnxruntimeWebAdapter : onnxruntimeWebAdapter)({
    ort,
    provider,
    float16,
  });
  // Of two builds with the same provider, each has its own name here.
  return { ...adapter, name };
}

/** Whether this page's GPU computes with float16. */
async function hasShaderF16(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<{ features: Set<string> } | null> } };
  return (await gpu?.requestAdapter())?.features.has('shader-f16') ?? false;
}

/** TensorFlow.js with a backend's package loaded: one copy for all adapters of it. */
export async function tensorFlow(backend: string) {
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

/** The builds of ONNX Runtime, by what an adapter's name has after the slash. */
const ORT_BUILDS = {
  wasm: () => import('onnxruntime-web/wasm'),
  'webgpu:jsep': () => import('onnxruntime-web/all'),
  'webgpu:native': () => import('onnxruntime-web/webgpu'),
  webgl: () => import('onnxruntime-web/webgl'),
  webnn: () => import('onnxruntime-web/all'),
} as const;

type OrtBuild = keyof typeof ORT_BUILDS;

async function onnxRuntime(build: OrtBuild) {
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
  return { Tensor: ort.Tensor, InferenceSession: { create } as typeof ort.InferenceSession };
}
