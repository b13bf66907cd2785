import type { Provider, Strategy } from '@normlayers/onnxruntime-web';
import type { CatalogueEntry, Need, Part } from '../entry';
import type { OrtBuild } from '../frameworks';
import { hasShaderF16 } from '../hosts/browser-needs';

/** An execution provider, in one of the builds that have it. */
interface Place {
  readonly provider: Provider;
  readonly build: OrtBuild;
  /** What the name ends in, where another build has the same provider. */
  readonly buildName?: string;
  readonly on: string;
  readonly needs: readonly Need[];
  readonly part: Part;
}

const PLACES: readonly Place[] = [
  { provider: 'wasm', build: 'wasm', on: 'the wasm execution provider', needs: [], part: 'ortWasm' },
  {
    provider: 'webgpu',
    build: 'all',
    buildName: 'jsep',
    on: "the WebGPU execution provider of 'onnxruntime-web/all' (JSEP)",
    needs: ['webgpu', 'browser'],
    part: 'ortJsep',
  },
  {
    provider: 'webgpu',
    build: 'webgpu',
    buildName: 'native',
    on: "the WebGPU execution provider of 'onnxruntime-web/webgpu' (native)",
    needs: ['webgpu', 'browser'],
    part: 'ortNative',
  },
  {
    provider: 'webgl',
    build: 'webgl',
    on: 'the WebGL execution provider',
    needs: ['webgl2'],
    part: 'ortWebgl',
  },
  { provider: 'webnn', build: 'all', on: 'the WebNN execution provider', needs: ['webnn'], part: 'ortJsep' },
];

/** What tells the entries of one place apart. */
interface Way {
  readonly strategy: Strategy;
  /** What its name adds to the place's, where it is not what the place does by default. */
  readonly suffix?: string;
  readonly what: string;
}

/** Kernels of ours where tensors lie; graphs beside them then have a column of their own. */
const KERNELS: Partial<Record<Provider, Way>> = {
  wasm: { strategy: 'kernels', what: 'SIMD kernels of ours over arrays, in the place of' },
  webgpu: { strategy: 'kernels', what: 'WGSL kernels of ours on the device of' },
};
const GRAPH: Way = { strategy: 'graph', what: 'ONNX graphs on' };
const NATIVE: Way = { strategy: 'native', what: "ONNX Runtime's own operators, as they come, on" };

export const ONNXRUNTIME_WEB: readonly CatalogueEntry[] = [
  ...PLACES.flatMap((place) => {
    const kernels = KERNELS[place.provider];
    return kernels === undefined
      ? [entryOf(place, GRAPH)]
      : [entryOf(place, kernels), entryOf(place, { ...GRAPH, suffix: ':graph' })];
  }),
  ...PLACES.map((place) => entryOf(place, NATIVE)),
];

function entryOf(
  { provider, build, buildName, on, needs, part }: Place,
  { strategy, suffix = '', what }: Way,
): CatalogueEntry {
  const kind = strategy === 'native' ? 'native' : 'ours';
  const name = `onnxruntime-web/${provider}${buildName === undefined ? '' : `:${buildName}`}${suffix}`;
  return {
    name: kind === 'native' ? `native:${name}` : name,
    family: 'onnxruntime-web',
    kind,
    about: `${what} ${on}`,
    needs,
    parts: [part],
    async open(frameworks) {
      const [{ onnxruntimeWebAdapter }, ort] = await Promise.all([
        import('@normlayers/onnxruntime-web'),
        frameworks.ort(build),
      ]);
      const float16 = provider === 'webgpu' && (await hasShaderF16());
      return onnxruntimeWebAdapter({ ort, provider, strategy, float16 });
    },
    code: {
      imports: [
        "import { onnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';",
        `import * as ort from 'onnxruntime-web/${build}';`,
      ],
      open: `onnxruntimeWebAdapter({ ort, provider: '${provider}', strategy: '${strategy}' })`,
    },
  };
}
