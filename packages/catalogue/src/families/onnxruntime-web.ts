import type { OnnxruntimeWebOptions, Provider } from '@normlayers/onnxruntime-web';
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
    needs: ['webgpu'],
    part: 'ortJsep',
  },
  {
    provider: 'webgpu',
    build: 'webgpu',
    buildName: 'native',
    on: "the WebGPU execution provider of 'onnxruntime-web/webgpu' (native)",
    needs: ['webgpu'],
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

type Make = 'onnxruntimeWebAdapter' | 'nativeOnnxruntimeWebAdapter';

export const ONNXRUNTIME_WEB: readonly CatalogueEntry[] = [
  ...PLACES.map((place) => entryOf(place, 'ours', 'ONNX graphs', 'onnxruntimeWebAdapter')),
  ...PLACES.map((place) =>
    entryOf(place, 'native', "ONNX Runtime's own operators, as they come,", 'nativeOnnxruntimeWebAdapter'),
  ),
];

function entryOf(
  { provider, build, buildName, on, needs, part }: Place,
  kind: 'ours' | 'native',
  what: string,
  make: Make,
): CatalogueEntry {
  const name = `onnxruntime-web/${provider}${buildName === undefined ? '' : `:${buildName}`}`;
  return {
    name: kind === 'native' ? `native:${name}` : name,
    family: 'onnxruntime-web',
    kind,
    about: `${what} on ${on}`,
    needs,
    parts: [part],
    async open(frameworks) {
      const [adapters, ort] = await Promise.all([
        import('@normlayers/onnxruntime-web'),
        frameworks.ort(build),
      ]);
      const float16 = provider === 'webgpu' && (await hasShaderF16());
      return adapters[make]({ ort, provider, float16 } satisfies OnnxruntimeWebOptions);
    },
    code: {
      imports: [
        `import { ${make} } from '@normlayers/onnxruntime-web';`,
        `import * as ort from 'onnxruntime-web/${build}';`,
      ],
      open: `${make}({ ort, provider: '${provider}' })`,
    },
  };
}
