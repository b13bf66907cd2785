/** What the page says of an adapter before anything of it is fetched. Named as by the command. */
export interface AdapterEntry {
  readonly name: string;
  /** What is fetched the first time; empty where all of it comes with the page. */
  readonly parts: readonly Part[];
  /** What the browser must have. */
  readonly needs?: BrowserNeed;
}

export type BrowserNeed = 'webgpu' | 'webgl' | 'webnn' | 'isolation';

/** What is fetched, in MB, as a host sends it that compresses nothing. Adapters share what is named alike. */
const MEGABYTES = {
  tfjs: 1.6,
  tfjsWasm: 0.5,
  tfjsWebgpu: 0.3,
  ortWasm: 14,
  ortNative: 27,
  ortJsep: 29,
  ortWebgl: 0.5,
} as const;

export type Part = keyof typeof MEGABYTES;

type Entry = Omit<AdapterEntry, 'name'>;

/** The frameworks' back ends, by what stands behind the slash; ONNX Runtime ships two WebGPU builds. */
const BACK_ENDS: Readonly<Record<string, Entry>> = {
  'onnxruntime-web/wasm': { parts: ['ortWasm'] },
  'onnxruntime-web/webgpu:jsep': { parts: ['ortJsep'], needs: 'webgpu' },
  'onnxruntime-web/webgpu:native': { parts: ['ortNative'], needs: 'webgpu' },
  'onnxruntime-web/webgl': { parts: ['ortWebgl'], needs: 'webgl' },
  'onnxruntime-web/webnn': { parts: ['ortJsep'], needs: 'webnn' },
  'tfjs/cpu': { parts: ['tfjs'] },
  'tfjs/wasm': { parts: ['tfjs', 'tfjsWasm'] },
  'tfjs/webgl': { parts: ['tfjs'], needs: 'webgl' },
  'tfjs/webgpu': { parts: ['tfjs', 'tfjsWebgpu'], needs: 'webgpu' },
};

/** Every adapter that runs in a browser, ours first, then the frameworks' own operators as they come. */
export const ADAPTERS: readonly AdapterEntry[] = [
  { name: 'reference', parts: [] },
  { name: 'wasm', parts: [] },
  { name: 'wasm-threads', parts: [], needs: 'isolation' },
  ...Object.entries(BACK_ENDS).map(([name, entry]) => ({ name, ...entry })),
  ...Object.entries(BACK_ENDS).map(([name, entry]) => ({ name: `native:${name}`, ...entry })),
];

/** How much is fetched for some adapters together, in MB: what they share is counted once. */
export function megabytesOf(entries: readonly AdapterEntry[]): number {
  const parts = new Set(entries.flatMap((entry) => entry.parts));
  return Math.round(10 * [...parts].reduce((sum, part) => sum + MEGABYTES[part], 0)) / 10;
}

/** The adapters that a link names and the list has; of anything else nothing. */
export function knownAdapters(names: string | null): string[] {
  return (names ?? '').split(',').filter((name) => ADAPTERS.some((entry) => entry.name === name));
}

/** Why an adapter cannot run here, or null where nothing stands against it. */
export function missingFor({ needs }: AdapterEntry): BrowserNeed | null {
  if (needs === 'isolation' && !crossOriginIsolated) return 'isolation';
  if (needs === 'webgpu' && !('gpu' in navigator)) return 'webgpu';
  if (needs === 'webnn' && !('ml' in navigator)) return 'webnn';
  if (needs === 'webgl' && !document.createElement('canvas').getContext('webgl2')) return 'webgl';
  return null;
}
