import { rendererOfWebgl2 } from '@normlayers/catalogue/page';
import { relaxedSimd } from 'wasm-feature-detect';
import type { PageEnvironment, WebgpuDescription } from './protocol';

/** The part of WebGPU that is used here; TypeScript's own DOM types have none. */
interface GpuNavigator {
  readonly gpu?: { requestAdapter(): Promise<GpuAdapter | null> };
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

export async function describePage(): Promise<PageEnvironment> {
  return {
    userAgent: navigator.userAgent,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    cores: navigator.hardwareConcurrency,
    wasmKernels: (await relaxedSimd()) ? 'relaxed SIMD' : 'baseline SIMD',
    webgpu: await describeWebgpu(),
    webgl2: rendererOfWebgl2(),
  };
}

async function describeWebgpu(): Promise<WebgpuDescription | null> {
  const adapter = await (navigator as GpuNavigator).gpu?.requestAdapter();
  if (adapter === null || adapter === undefined) return null;
  const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
  const fallback = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? null;
  return { vendor, architecture, description, fallback, features: [...adapter.features].sort() };
}
