import type { CaseReport } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';

/** What a page is opened for: one adapter, in its address. */
export interface PageOrder {
  /** Names the run in the page's messages; a page whose run is over is told so, and stops. */
  readonly run: string;
  readonly adapter: string;
  readonly ops: readonly Op[];
  /** How many vector files the server has, as `/vectors/0` and so on. */
  readonly vectors: number;
}

/** What a page reports, in the order in which it happens. */
export type PageMessage =
  | { readonly kind: 'environment'; readonly environment: PageEnvironment }
  | { readonly kind: 'loading'; readonly what: string }
  /** `expected`: this browser has no such device. Otherwise the framework should have loaded, and did not. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly expected: boolean }
  | { readonly kind: 'cases'; readonly total: number; readonly reports: readonly CaseReport[] }
  | { readonly kind: 'finished' }
  /** The worker died, or threw where nothing may throw. */
  | { readonly kind: 'fault'; readonly reason: string };

/** What the page says of where it runs. Null: the browser has none. */
export interface PageEnvironment {
  readonly userAgent: string;
  readonly crossOriginIsolated: boolean;
  readonly cores: number;
  readonly webgpu: WebgpuDescription | null;
  /** The renderer of WebGL 2, in the browser's words. */
  readonly webgl2: string | null;
}

export interface WebgpuDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Whether the adapter is a software one, where the browser says. */
  readonly fallback: boolean | null;
  readonly features: readonly string[];
}

/** The order as the query of the page's address. */
export function orderQuery({ run, adapter, ops, vectors }: PageOrder): string {
  return new URLSearchParams({ run, adapter, ops: ops.join(','), vectors: String(vectors) }).toString();
}

export function orderOf(query: URLSearchParams): PageOrder {
  const part = (name: string) => query.get(name) ?? '';
  return {
    run: part('run'),
    adapter: part('adapter'),
    ops: part('ops').split(',') as Op[],
    vectors: Number(part('vectors')),
  };
}
