import { loadTfjs } from '@normlayers/browsers/page';
import { tfjsWasmPeers } from '../bench-tfjs';
import { BROWSER_ADAPTERS, type BrowserAdapterEntry } from './browser-adapters';

/** A page has one TensorFlow.js, and that one build of its wasm backend. */
const OTHER_BUILDS = ['tfjs/wasm:threads', 'tfjs/wasm:plain'];

/** What `normlayers bench` times in a browser: every adapter that one page can hold, and peers that are no adapters of ours. */
export const BROWSER_BENCH_ADAPTERS: readonly BrowserAdapterEntry[] = [
  ...BROWSER_ADAPTERS.filter(({ name }) => !OTHER_BUILDS.includes(name)),
  ...tfjsWasmPeers(loadTfjs),
];
