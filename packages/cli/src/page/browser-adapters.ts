import { loadOrt, loadTfjs, type OrtBuild, type TfjsWasmBuild } from '@normlayers/browsers/page';
import { type NormAdapter, referenceAdapter } from '@normlayers/core';
import { onnxruntimeWebAdapter, type Provider } from '@normlayers/onnxruntime-web';
import { nativeTfjsAdapter, tfjsAdapter } from '@normlayers/tfjs';
import { wasmAdapter, wasmThreadsAdapter } from '@normlayers/wasm';

/** One adapter that the page knows. Its name is the report's; where a framework ships two builds, it ends in the build's. */
export interface BrowserAdapterEntry {
  readonly name: string;
  readonly about: string;
  /** Loads the framework and opens the adapter; runs in a worker of the page. */
  readonly open: () => Promise<NormAdapter>;
  /** What of the browser it needs. Where that is missing, the adapter is not available. */
  readonly needs?: BrowserFeature;
}

export type BrowserFeature = 'webgpu' | 'webgl2' | 'webnn' | 'shared memory';

interface OrtEntry {
  readonly provider: Provider;
  readonly build: OrtBuild;
  /** What the name ends in, where another build has the same provider. */
  readonly buildName?: string;
  readonly about: string;
  readonly needs?: BrowserFeature;
}

const ORT: readonly OrtEntry[] = [
  { provider: 'wasm', build: 'wasm', about: 'ONNX graphs on the wasm execution provider' },
  {
    provider: 'webgpu',
    build: 'all',
    buildName: 'jsep',
    about: "ONNX graphs on the WebGPU execution provider of 'onnxruntime-web/all' (JSEP)",
    needs: 'webgpu',
  },
  {
    provider: 'webgpu',
    build: 'webgpu',
    buildName: 'native',
    about: "ONNX graphs on the WebGPU execution provider of 'onnxruntime-web/webgpu' (native)",
    needs: 'webgpu',
  },
  {
    provider: 'webgl',
    build: 'webgl',
    about: 'ONNX graphs on the WebGL execution provider',
    needs: 'webgl2',
  },
  { provider: 'webnn', build: 'all', about: 'ONNX graphs on the WebNN execution provider', needs: 'webnn' },
];

interface TfjsEntry {
  readonly backend: string;
  /** Another build of the backend than the name alone stands for. */
  readonly build?: TfjsWasmBuild;
  readonly about: string;
  readonly needs?: BrowserFeature;
}

const TFJS: readonly TfjsEntry[] = [
  { backend: 'cpu', about: "TensorFlow.js's JavaScript backend" },
  { backend: 'wasm', about: "TensorFlow.js's WebAssembly backend, its SIMD build" },
  { backend: 'webgl', about: "TensorFlow.js's WebGL backend", needs: 'webgl2' },
  { backend: 'webgpu', about: "TensorFlow.js's WebGPU backend", needs: 'webgpu' },
];

const TFJS_WASM_BUILDS: readonly TfjsEntry[] = [
  {
    backend: 'wasm',
    build: 'threads',
    about: "TensorFlow.js's WebAssembly backend, its threaded build",
    needs: 'shared memory',
  },
  { backend: 'wasm', build: 'plain', about: "TensorFlow.js's WebAssembly backend, its build without SIMD" },
];

/** Every adapter of a browser, in the order of the report: ours first, then the frameworks' own operators. */
export const BROWSER_ADAPTERS: readonly BrowserAdapterEntry[] = [
  {
    name: 'reference',
    about: 'float64 on one thread, rounded once',
    open: async () => referenceAdapter(),
  },
  { name: 'wasm', about: 'WebAssembly SIMD kernels on one thread', open: () => wasmAdapter() },
  {
    name: 'wasm-threads',
    about: 'the same kernels on several threads, over shared memory',
    needs: 'shared memory',
    open: () => wasmThreadsAdapter(),
  },
  ...ORT.map((entry) => ortAdapter(entry, 'accurate')),
  ...[...TFJS, ...TFJS_WASM_BUILDS].map((entry) => tfjsEntry(entry, 'tfjs/', entry.about, tfjsAdapter)),
  ...ORT.map((entry) => ortAdapter(entry, 'native')),
  ...TFJS.map((entry) =>
    tfjsEntry(
      entry,
      'native:tfjs/',
      `TensorFlow.js's own operators on ${entry.backend}, as they come`,
      nativeTfjsAdapter,
    ),
  ),
];

function ortAdapter(
  { provider, build, buildName, about, needs }: OrtEntry,
  strategy: 'accurate' | 'native',
): BrowserAdapterEntry {
  const native = strategy === 'native';
  const name = `onnxruntime-web/${provider}${buildName === undefined ? '' : `:${buildName}`}`;
  return {
    name: native ? `native:${name}` : name,
    about: native ? about.replace('ONNX graphs', "ONNX Runtime's own operators, as they come,") : about,
    ...(needs === undefined ? {} : { needs }),
    async open() {
      const ort = await loadOrt(build);
      return onnxruntimeWebAdapter({
        ort,
        provider,
        strategy,
        float16: provider === 'webgpu' && (await hasShaderF16()),
      });
    },
  };
}

/** Whether this page's GPU computes with float16. */
async function hasShaderF16(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<{ features: Set<string> } | null> } };
  return (await gpu?.requestAdapter())?.features.has('shader-f16') ?? false;
}

function tfjsEntry(
  { backend, build, needs }: TfjsEntry,
  prefix: string,
  about: string,
  make: typeof tfjsAdapter,
): BrowserAdapterEntry {
  return {
    name: `${prefix}${backend}${build === undefined ? '' : `:${build}`}`,
    about,
    ...(needs === undefined ? {} : { needs }),
    open: async () => make({ tf: await loadTfjs(backend, build), backend }),
  };
}
