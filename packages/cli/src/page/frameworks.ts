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

export async function loadTfjs(backend: string): Promise<typeof tfjs> {
  await import(`${AT}/tfjs/tf.min.js`);
  const { tf } = globalThis as unknown as TfjsGlobal;
  if (Object.hasOwn(TFJS_BACKENDS, backend)) await import(`${AT}/${TFJS_BACKENDS[backend]}`);
  tf.wasm?.setWasmPaths(`${AT}/tfjs-backend-wasm/`);
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js cannot start its backend '${backend}' here`);
  await tf.ready();
  return tf;
}
