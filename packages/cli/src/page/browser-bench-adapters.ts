import { benchTfjsLayersAdapter, benchTfjsOpsAdapter } from '../bench-tfjs';
import { BROWSER_ADAPTERS, type BrowserAdapterEntry } from './browser-adapters';
import { loadTfjs } from './frameworks';

/** A page has one TensorFlow.js, and that one build of its wasm backend. */
const OTHER_BUILDS = ['tfjs/wasm:threads', 'tfjs/wasm:plain'];

/** What `normlayers bench` times in a browser: every adapter that one page can hold, and peers that are no adapters of ours. */
export const BROWSER_BENCH_ADAPTERS: readonly BrowserAdapterEntry[] = [
  ...BROWSER_ADAPTERS.filter(({ name }) => !OTHER_BUILDS.includes(name)),
  {
    name: 'tfjs-layers/wasm',
    about: 'the layers of tf.layers with useFastNormalization switched on',
    open: async () => benchTfjsLayersAdapter(await loadTfjs('wasm'), 'wasm', 'fast'),
  },
  {
    name: 'native:tfjs-layers/wasm',
    about: 'tf.layers.layerNormalization and batchNormalization',
    open: async () => benchTfjsLayersAdapter(await loadTfjs('wasm'), 'wasm', 'own'),
  },
  {
    name: 'native:tfjs-ops/wasm',
    about: "Layer Norm composed by hand of TensorFlow.js's operations",
    open: async () => benchTfjsOpsAdapter(await loadTfjs('wasm'), 'wasm'),
  },
];
