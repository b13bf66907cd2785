import type { BenchCase, BenchCaseReport, Residency } from '@normlayers/benchmark';
import type { OrtBuild } from '@normlayers/browsers/page';
import type { CaseReport } from '@normlayers/conformance';
import type { CaseSelection } from '../options/case-selection';
import type { TensorText } from './tensor-text';

/**
 * What a page is to do next. It asks the server for it by the run that its address names, and asks again when that is done,
 * until there is nothing left.
 */
export type PageOrder = SuiteOrder | BenchOrder | ModelOrder;

/** Cases of the suite on adapters, one adapter after another. */
export interface SuiteOrder {
  readonly kind: 'suite';
  readonly adapters: readonly string[];
  readonly cases: CaseSelection;
  /** Whether the server has vectors, as `/documents/vectors`. */
  readonly vectors: boolean;
}

/** Adapters timed beside one another. */
export interface BenchOrder {
  readonly kind: 'bench';
  readonly adapters: readonly string[];
  readonly cases: readonly BenchCase[];
  readonly residencies: readonly Residency[];
  /** How many of the cases, each in each residency, are done or given up. */
  readonly done: number;
  readonly rounds?: number;
}

/** What runs a model: a build of onnxruntime-web on WebGPU, or a backend of TensorFlow.js. */
export type ModelEngine =
  | { readonly framework: 'onnxruntime-web'; readonly build: OrtBuild }
  | { readonly framework: 'tfjs'; readonly backend: 'webgl' | 'webgpu' };

/** A model run once. */
export interface ModelOrder {
  readonly kind: 'model';
  /** What the provider is called in a report. */
  readonly provider: string;
  readonly engine: ModelEngine;
  /** Where the server has the model and its inputs: `/documents/<document>`. */
  readonly document: string;
}

/** A model's files, their bytes in base64, and what it is run on. */
export interface ModelDocument {
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, TensorText>>;
}

/** What a page reports, in the order in which it happens. */
export type PageMessage =
  | { readonly kind: 'environment'; readonly environment: PageEnvironment }
  /** Whatever happens next is this contender's. */
  | { readonly kind: 'turn'; readonly turn: Turn }
  | {
      readonly kind: 'unavailable';
      readonly adapter: string;
      readonly reason: string;
      /** This browser has no such device. Otherwise the framework should have loaded, and did not. */
      readonly expected: boolean;
    }
  | { readonly kind: 'cases'; readonly total: number; readonly reports: readonly CaseReport[] }
  /** A case of an adapter looked at closely, as text. */
  | { readonly kind: 'inspected'; readonly text: string }
  /** How far a bench is. */
  | { readonly kind: 'stage'; readonly text: string }
  | { readonly kind: 'timed'; readonly report: BenchCaseReport }
  /** What a model gave, or why it did not run. */
  | {
      readonly kind: 'ran';
      readonly outputs: Readonly<Record<string, TensorText>> | null;
      readonly reason: string | null;
    }
  /** The order is carried out. */
  | { readonly kind: 'done' }
  /** Nothing is left. */
  | { readonly kind: 'finished' }
  /** The worker died, or threw where nothing may throw. */
  | { readonly kind: 'fault'; readonly reason: string };

export interface Turn {
  readonly contender: string;
  readonly what: 'loading' | 'running' | 'checking' | 'timing';
}

/** What the page tells its worker, once it has started it: that the server has heard of a turn. */
export const HEARD = 'heard';

/** What the page says of where it runs. Null: the browser has none. */
export interface PageEnvironment {
  readonly userAgent: string;
  readonly crossOriginIsolated: boolean;
  readonly cores: number;
  /** Which of our kernels the engine takes. */
  readonly wasmKernels: 'relaxed SIMD' | 'baseline SIMD';
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
