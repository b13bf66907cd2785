import { relaxedSimd } from 'wasm-feature-detect';
import type { BrowserFeature } from './browser-adapters';
import type { PageEnvironment, WebgpuDescription } from './protocol';

/** The parts of WebGPU and WebNN that are used here; TypeScript's own DOM types lack both. */
interface GpuNavigator {
  readonly gpu?: { requestAdapter(): Promise<GpuAdapter | null> };
  readonly ml?: { createContext(): Promise<{ destroy?(): void }> };
}

interface GpuAdapter {
  readonly features: Iterable<string>;
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
}

const { gpu, ml } = navigator as GpuNavigator;

/** Why a feature is missing here; null where it is there. */
export async function missing(feature: BrowserFeature): Promise<string | null> {
  switch (feature) {
    case 'webgpu':
      if (gpu === undefined) return 'this browser has no WebGPU';
      return (await gpu.requestAdapter()) === null ? 'WebGPU has no adapter here' : null;
    case 'webgl2':
      return (await rendererOfWebgl2()) === null ? 'this browser has no WebGL 2' : null;
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
  }
}

export async function describePage(): Promise<PageEnvironment> {
  return {
    userAgent: navigator.userAgent,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    cores: navigator.hardwareConcurrency,
    wasmKernels: (await relaxedSimd()) ? 'relaxed SIMD' : 'baseline SIMD',
    webgpu: await describeWebgpu(),
    webgl2: await rendererOfWebgl2(),
  };
}

async function describeWebgpu(): Promise<WebgpuDescription | null> {
  const adapter = await gpu?.requestAdapter();
  if (adapter === null || adapter === undefined) return null;
  const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
  const fallback = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? null;
  return { vendor, architecture, description, fallback, features: [...adapter.features].sort() };
}

/** Also lets the context go again: a browser has few. */
async function rendererOfWebgl2(): Promise<string | null> {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (context === null) return null;
  const unmasked = context.getExtension('WEBGL_debug_renderer_info');
  const renderer = context.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return String(renderer);
}
