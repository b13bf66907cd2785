import { benchJaxAdapter } from './bench-jax';
import { benchTfjsOpsAdapter, tfjsWasmPeers } from './bench-tfjs';
import { type AdapterEntry, loadTfjs, NODE_ADAPTERS } from './node-adapters';

/**
 * What `normlayers bench` times: every adapter of the command, and peers that are no adapters of ours, because they do
 * only what a person would write with them.
 */
export const BENCH_ADAPTERS: readonly AdapterEntry[] = [
  ...NODE_ADAPTERS,
  ...tfjsWasmPeers(loadTfjs),
  {
    name: 'native:tfjs-ops/cpu',
    about: "Layer Norm composed by hand of TensorFlow.js's operations",
    open: async () => benchTfjsOpsAdapter(await loadTfjs('cpu'), 'cpu'),
  },
  {
    name: 'native:jax-js/wasm',
    about: 'nn.standardize of @jax-js/jax, compiled by its jit',
    open: benchJaxAdapter,
  },
];
