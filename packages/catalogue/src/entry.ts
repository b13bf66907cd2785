import type { AdapterKind, NormAdapter } from '@normlayers/core';
import type { Frameworks } from './frameworks';

/** One back end, as the command and the docs app know it before anything of it is loaded. */
export interface CatalogueEntry {
  /** As reports name it. Two builds of one back end have the same name up to a colon: `onnxruntime-web/webgpu:jsep`. */
  readonly name: string;
  /** Whose tensors it computes on. */
  readonly family: Family;
  /**
   * `ours`: held to the suite. `native`: a framework's own code as it comes, whose name starts with `native:`; its failures
   * are findings. `peer`: neither; timed beside the others.
   */
  readonly kind: AdapterKind;
  /** What it is, in a line. */
  readonly about: string;
  /** What it needs of where it runs. */
  readonly needs: readonly Need[];
  /** What a page of the docs app fetches for it the first time; empty where all of it comes with the page. */
  readonly parts: readonly Part[];
  /** Only the benchmark has it: it computes no more than a person would write with it. */
  readonly timedOnly?: true;
  /** Opens it by what `frameworks` loads. */
  open(frameworks: Frameworks): Promise<NormAdapter>;
  /** How a person opens it. Absent where it is `timedOnly`. */
  readonly code?: OpeningCode;
}

export type Family = 'normlayers' | 'onnxruntime-web' | 'tfjs' | 'jax-js';

/**
 * What not every host has. `own page`: its framework has another build than its kin, and a page, or a process, has one.
 * `node`, `browser`: it is run there only, as frameworks whose GPU builds look for a page are.
 */
export type Need = 'webgpu' | 'webgl2' | 'webnn' | 'shared memory' | 'own page' | 'node' | 'browser';

/** The modules that are imported, and the expression that gives the adapter. */
export interface OpeningCode {
  readonly imports: readonly string[];
  readonly open: string;
}

/** What is fetched, in MB, as a host sends it that compresses nothing. Back ends share what is named alike. */
export const MEGABYTES = {
  tfjs: 1.6,
  tfjsWasm: 0.5,
  tfjsWebgpu: 0.3,
  ortWasm: 14,
  ortNative: 27,
  ortJsep: 29,
  ortWebgl: 0.5,
} as const;

export type Part = keyof typeof MEGABYTES;

/** How much is fetched for some back ends together, in MB: what they share is counted once. */
export function megabytesOf(entries: readonly Pick<CatalogueEntry, 'parts'>[]): number {
  const parts = new Set(entries.flatMap((entry) => entry.parts));
  return Math.round(10 * [...parts].reduce((sum, part) => sum + MEGABYTES[part], 0)) / 10;
}
