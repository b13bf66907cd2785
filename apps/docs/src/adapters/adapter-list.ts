/** What the page says of an adapter before anything of it is fetched. */
export interface AdapterEntry {
  readonly name: string;
  /** What is fetched the first time, in MB, compressed by no host; 0 where it comes with the page. */
  readonly megabytes: number;
  /** What the browser must have. */
  readonly needs?: BrowserNeed;
}

export type BrowserNeed = 'webgpu' | 'webgl' | 'isolation';

/** Every adapter that runs in a browser, ours first, then the frameworks' own operators as they come. */
export const ADAPTERS: readonly AdapterEntry[] = [
  { name: 'reference', megabytes: 0 },
  { name: 'wasm', megabytes: 0 },
  { name: 'wasm-threads', megabytes: 0, needs: 'isolation' },
  { name: 'tfjs/cpu', megabytes: 1.3 },
  { name: 'tfjs/wasm', megabytes: 1.8 },
  { name: 'tfjs/webgl', megabytes: 1.3, needs: 'webgl' },
  { name: 'tfjs/webgpu', megabytes: 1.7, needs: 'webgpu' },
  { name: 'onnxruntime-web/wasm', megabytes: 14 },
  { name: 'native:tfjs/cpu', megabytes: 1.3 },
  { name: 'native:tfjs/wasm', megabytes: 1.8 },
  { name: 'native:tfjs/webgl', megabytes: 1.3, needs: 'webgl' },
  { name: 'native:tfjs/webgpu', megabytes: 1.7, needs: 'webgpu' },
  { name: 'native:onnxruntime-web/wasm', megabytes: 14 },
  { name: 'native:onnxruntime-web/webgpu', megabytes: 27, needs: 'webgpu' },
];

/** Why an adapter cannot run here, or null where nothing stands against it. */
export function missingFor({ needs }: AdapterEntry): BrowserNeed | null {
  if (needs === 'isolation' && !crossOriginIsolated) return 'isolation';
  if (needs === 'webgpu' && !('gpu' in navigator)) return 'webgpu';
  if (needs === 'webgl' && !document.createElement('canvas').getContext('webgl2')) return 'webgl';
  return null;
}
