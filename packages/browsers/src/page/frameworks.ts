import type * as tfjs from '@tensorflow/tfjs';
import type * as ort from 'onnxruntime-web';

/** Where the server serves the frameworks' own files, as they are installed. */
const AT = '/frameworks';

/** The builds of onnxruntime-web, by what it is imported as. */
export type OrtBuild = 'wasm' | 'all' | 'webgpu' | 'webgl';

export async function loadOrt(build: OrtBuild): Promise<typeof ort> {
  const module = (await import(`${AT}/onnxruntime-web/ort.${build}.min.mjs`)) as typeof ort;
  module.env.logLevel = 'error';
  module.env.wasm.wasmPaths = `${AT}/onnxruntime-web/`;
  module.env.wasm.numThreads = 1;
  return module;
}

/** The files of a backend beside those of `@tensorflow/tfjs`, which has `cpu` and `webgl`. */
const TFJS_BACKENDS: Readonly<Record<string, string>> = {
  wasm: 'tfjs-backend-wasm/tf-backend-wasm.min.js',
  webgpu: 'tfjs-backend-webgpu/tf-backend-webgpu.min.js',
};

/** TensorFlow.js's scripts put themselves on the global object: `tf`, `tf.wasm`. */
interface TfjsGlobal {
  readonly tf: typeof tfjs & { readonly wasm?: { setWasmPaths(prefix: string): void } };
}

/** The builds of TensorFlow.js's wasm backend. */
export type TfjsWasmBuild = 'simd' | 'threads' | 'plain';

/**
 * @param build of the wasm backend. By itself TensorFlow.js takes the threaded one on a page that is cross-origin isolated,
 * as this one is and few are. There is one backend of a kind: the build of a page's first load stays.
 */
export async function loadTfjs(backend: string, build: TfjsWasmBuild = 'simd'): Promise<typeof tfjs> {
  await import(`${AT}/tfjs/tf.min.js`);
  const { tf } = globalThis as unknown as TfjsGlobal;
  if (Object.hasOwn(TFJS_BACKENDS, backend)) await import(`${AT}/${TFJS_BACKENDS[backend]}`);
  tf.wasm?.setWasmPaths(`${AT}/tfjs-backend-wasm/`);
  if (backend === 'wasm') {
    tf.env().set('WASM_HAS_SIMD_SUPPORT', build !== 'plain');
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', build === 'threads');
  }
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js cannot start its backend '${backend}' here`);
  await tf.ready();
  return tf;
}
