import type { CatalogueEntry, Need, Part } from '../entry';
import type { TfjsWasmBuild } from '../frameworks';

/** A backend of TensorFlow.js. */
interface Place {
  readonly backend: string;
  /** Another build of the backend than the one that the name alone stands for. */
  readonly build?: TfjsWasmBuild;
  readonly about: string;
  readonly needs: readonly Need[];
  readonly parts: readonly Part[];
}

const PLACES: readonly Place[] = [
  { backend: 'cpu', about: "TensorFlow.js's JavaScript backend", needs: [], parts: ['tfjs'] },
  {
    backend: 'wasm',
    about: "TensorFlow.js's WebAssembly backend, its SIMD build",
    needs: [],
    parts: ['tfjs', 'tfjsWasm'],
  },
  { backend: 'webgl', about: "TensorFlow.js's WebGL backend", needs: ['webgl2'], parts: ['tfjs'] },
  {
    backend: 'webgpu',
    about: "TensorFlow.js's WebGPU backend",
    needs: ['webgpu', 'browser'],
    parts: ['tfjs', 'tfjsWebgpu'],
  },
];

const OTHER_WASM_BUILDS: readonly Place[] = [
  {
    backend: 'wasm',
    build: 'threads',
    about: "TensorFlow.js's WebAssembly backend, its threaded build",
    needs: ['shared memory', 'own page'],
    parts: ['tfjs', 'tfjsWasm'],
  },
  {
    backend: 'wasm',
    build: 'plain',
    about: "TensorFlow.js's WebAssembly backend, its build without SIMD",
    needs: ['own page'],
    parts: ['tfjs', 'tfjsWasm'],
  },
];

type Make = 'tfjsAdapter' | 'nativeTfjsAdapter';

export const TFJS: readonly CatalogueEntry[] = [
  ...[...PLACES, ...OTHER_WASM_BUILDS].map((place) => entryOf(place, 'ours', 'tfjsAdapter')),
  ...PLACES.map((place) =>
    entryOf(
      { ...place, about: `TensorFlow.js's own operators on ${place.backend}, as they come` },
      'native',
      'nativeTfjsAdapter',
    ),
  ),
];

function entryOf(
  { backend, build, about, needs, parts }: Place,
  kind: 'ours' | 'native',
  make: Make,
): CatalogueEntry {
  const name = `tfjs/${backend}${build === undefined ? '' : `:${build}`}`;
  const ownPackage = backend === 'wasm' || backend === 'webgpu';
  return {
    name: kind === 'native' ? `native:${name}` : name,
    family: 'tfjs',
    kind,
    about,
    needs,
    parts,
    async open(frameworks) {
      const [adapters, tf] = await Promise.all([import('@normlayers/tfjs'), frameworks.tfjs(backend, build)]);
      return adapters[make]({ tf, backend });
    },
    code: {
      imports: [
        `import { ${make} } from '@normlayers/tfjs';`,
        "import * as tf from '@tensorflow/tfjs';",
        ...(ownPackage ? [`import '@tensorflow/tfjs-backend-${backend}';`] : []),
      ],
      open: `${make}({ tf, backend: '${backend}' })`,
    },
  };
}
