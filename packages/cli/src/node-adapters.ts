import { type NormAdapter, referenceAdapter } from '@normlayers/core';
import { nativeOnnxruntimeWebAdapter, onnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';
import { nativeTfjsAdapter, tfjsAdapter } from '@normlayers/tfjs';
import { wasmAdapter, wasmThreadsAdapter } from '@normlayers/wasm';

/** One adapter that the command knows: how to open it here, or why it cannot be. */
export interface AdapterEntry {
  readonly name: string;
  readonly about: string;
  /** Loads the framework and opens the adapter. Absent where `reason` says why it is not available. */
  readonly open?: () => Promise<NormAdapter>;
  readonly reason?: string;
}

const NEEDS_BROWSER = 'needs a browser (--runtime chromium)';

/** Every adapter, in the order of the report: ours first, then the frameworks' own operators. */
export const NODE_ADAPTERS: readonly AdapterEntry[] = [
  { name: 'reference', about: 'float64 on this thread, rounded once', open: async () => referenceAdapter() },
  { name: 'wasm', about: 'WebAssembly SIMD kernels on one thread', open: () => wasmAdapter() },
  {
    name: 'wasm-threads',
    about: 'the same kernels on several threads, over shared memory',
    open: () => wasmThreadsAdapter(),
  },
  {
    name: 'onnxruntime-web/wasm',
    about: 'ONNX graphs on the wasm execution provider',
    open: async () => onnxruntimeWebAdapter({ ort: await loadOrt(), provider: 'wasm' }),
  },
  {
    name: 'onnxruntime-web/webgpu',
    about: 'ONNX graphs on the WebGPU execution provider',
    reason: NEEDS_BROWSER,
  },
  {
    name: 'onnxruntime-web/webgl',
    about: 'ONNX graphs on the WebGL execution provider',
    reason: NEEDS_BROWSER,
  },
  {
    name: 'tfjs/cpu',
    about: "TensorFlow.js's JavaScript backend",
    open: async () => tfjsAdapter({ tf: await loadTfjs('cpu'), backend: 'cpu' }),
  },
  {
    name: 'tfjs/wasm',
    about: "TensorFlow.js's WebAssembly backend",
    open: async () => tfjsAdapter({ tf: await loadTfjs('wasm'), backend: 'wasm' }),
  },
  { name: 'tfjs/webgl', about: "TensorFlow.js's WebGL backend", reason: NEEDS_BROWSER },
  { name: 'tfjs/webgpu', about: "TensorFlow.js's WebGPU backend", reason: NEEDS_BROWSER },
  {
    name: 'native:onnxruntime-web/wasm',
    about: "ONNX Runtime's own operators, as they come",
    open: async () => nativeOnnxruntimeWebAdapter({ ort: await loadOrt(), provider: 'wasm' }),
  },
  {
    name: 'native:tfjs/cpu',
    about: "TensorFlow.js's own operators, as they come",
    open: async () => nativeTfjsAdapter({ tf: await loadTfjs('cpu'), backend: 'cpu' }),
  },
  {
    name: 'native:tfjs/wasm',
    about: "TensorFlow.js's own operators, as they come",
    open: async () => nativeTfjsAdapter({ tf: await loadTfjs('wasm'), backend: 'wasm' }),
  },
];

/** Frameworks are loaded when an adapter of theirs is opened: they take up to a second, and print on loading. */
async function loadOrt() {
  const ort = await import('onnxruntime-web');
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  return ort;
}

/** All of TensorFlow.js: its own operators need the gradients that tfjs-core alone does not register. */
export async function loadTfjs(backend: 'cpu' | 'wasm'): Promise<typeof import('@tensorflow/tfjs')> {
  const tf = await import('@tensorflow/tfjs');
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend(backend);
  return tf;
}
