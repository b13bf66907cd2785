import type { Need } from '../entry';

/** The parts of WebGPU and WebNN that are used here; TypeScript's own DOM types lack both. */
interface GpuNavigator {
  readonly gpu?: { requestAdapter(): Promise<{ readonly features: ReadonlySet<string> } | null> };
  readonly ml?: { createContext(): Promise<{ destroy?(): void }> };
}

/** Why this browser lacks something, in a window or in a worker; null where it is there. */
export async function lackedByBrowser(need: Exclude<Need, 'own page'>): Promise<string | null> {
  const { gpu, ml } = navigator as GpuNavigator;
  switch (need) {
    case 'webgpu':
      if (gpu === undefined) return 'this browser has no WebGPU';
      return (await gpu.requestAdapter()) === null ? 'WebGPU has no adapter here' : null;
    case 'webgl2':
      return rendererOfWebgl2() === null ? 'this browser has no WebGL 2' : null;
    case 'shared memory':
      return globalThis.crossOriginIsolated ? null : 'this page is not cross-origin isolated';
    case 'webnn':
      if (ml === undefined) return 'this browser has no WebNN';
      try {
        (await ml.createContext()).destroy?.();
        return null;
      } catch (error) {
        return `WebNN has no context here (${(error as Error).message})`;
      }
    case 'browser':
      return null;
    case 'node':
      return 'it is timed in Node only';
  }
}

/** In the place of what loads a framework that browsers are not given. */
export async function nodeOnly(): Promise<never> {
  throw new Error('it is loaded in Node only');
}

/** Whether this page's GPU computes with float16. */
export async function hasShaderF16(): Promise<boolean> {
  const { gpu } = navigator as GpuNavigator;
  return (await gpu?.requestAdapter())?.features.has('shader-f16') ?? false;
}

/** In the browser's words; null where there is no WebGL 2. Lets the context go again: a browser has few. */
export function rendererOfWebgl2(): string | null {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (context === null) return null;
  const unmasked = context.getExtension('WEBGL_debug_renderer_info');
  const renderer = context.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return String(renderer);
}
