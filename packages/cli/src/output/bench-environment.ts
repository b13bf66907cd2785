import { installedVersion } from '@normlayers/browsers';
import { relaxedSimd } from 'wasm-feature-detect';
import { webgpuInWords } from '../browsers/suite-in-browser';
import { IN_DENO } from '../deno/host';
import {
  type BrowserDescription,
  type BrowserEnvironment,
  describeEnvironment,
  type ProcessEnvironment,
} from './environment';

/** Where a benchmark was run. */
export type BenchEnvironment = ProcessBenchEnvironment | BrowserEnvironment;

export interface ProcessBenchEnvironment extends ProcessEnvironment {
  /** Which of our kernels the engine takes. */
  readonly wasmKernels: 'relaxed SIMD' | 'baseline SIMD';
}

export async function describeBenchEnvironment(): Promise<ProcessBenchEnvironment> {
  const { packages, ...environment } = describeEnvironment();
  const jax = installedVersion('@jax-js/jax');
  return {
    runtime: IN_DENO ? 'deno' : 'node',
    ...environment,
    wasmKernels: (await relaxedSimd()) ? 'relaxed SIMD' : 'baseline SIMD',
    packages: jax === null ? packages : { ...packages, '@jax-js/jax': jax },
  };
}

/** The environment in words, for a page. */
export function environmentInWords(environment: BenchEnvironment): Record<string, string> {
  const { cpu, cores, os, packages, date } = environment;
  return {
    CPU: `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    System: os,
    ...('browsers' in environment ? browserInWords(environment) : processInWords(environment)),
    Packages: Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    Date: date.slice(0, 10),
  };
}

function processInWords({ node, deno, v8, wasmKernels }: ProcessBenchEnvironment): Record<string, string> {
  const runtime = deno === undefined ? { 'Node.js': `${node} (V8 ${v8})` } : { Deno: `${deno} (V8 ${v8})` };
  return { ...runtime, 'Kernels of ours': wasmKernels };
}

function browserInWords({ browsers }: BrowserEnvironment): Record<string, string> {
  const [{ browser, software, page }] = browsers as readonly [BrowserDescription];
  return {
    Browser: browser,
    Rendering: software ? 'in software' : 'on the GPU, where there is one',
    ...(page === null
      ? {}
      : {
          WebGPU: webgpuInWords(page),
          'WebGL 2': page.webgl2 ?? 'none',
          'Kernels of ours': page.wasmKernels,
        }),
  };
}
