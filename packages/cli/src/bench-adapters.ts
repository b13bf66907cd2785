import { benchJaxAdapter } from './bench-jax';
import { benchTfjsLayersAdapter, benchTfjsOpsAdapter } from './bench-tfjs';
import { type AdapterEntry, loadTfjs, NODE_ADAPTERS } from './node-adapters';

/**
 * What `normlayers bench` times: every adapter of the command, and peers that are no adapters of ours, because they do
 * only what a person would write with them.
 */
export const BENCH_ADAPTERS: readonly AdapterEntry[] = [
  ...NODE_ADAPTERS,
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
    name: 'native:tfjs-ops/cpu',
    about: "Layer Norm composed by hand of TensorFlow.js's operations",
    open: async () => benchTfjsOpsAdapter(await loadTfjs('cpu'), 'cpu'),
  },
  {
    name: 'native:tfjs-ops/wasm',
    about: "Layer Norm composed by hand of TensorFlow.js's operations",
    open: async () => benchTfjsOpsAdapter(await loadTfjs('wasm'), 'wasm'),
  },
  {
    name: 'native:jax-js/wasm',
    about: 'nn.standardize of @jax-js/jax, compiled by its jit',
    open: benchJaxAdapter,
  },
];
