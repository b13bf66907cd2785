import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { relaxedSimd } from 'wasm-feature-detect';
import { describeEnvironment, type NodeEnvironment } from './environment';

/** Where a benchmark was run. */
export interface BenchEnvironment extends NodeEnvironment {
  /** Which of our kernels the engine takes. */
  readonly wasmKernels: 'relaxed SIMD' | 'baseline SIMD';
}

export async function describeBenchEnvironment(): Promise<BenchEnvironment> {
  const { packages, ...environment } = await describeEnvironment();
  const jax = installedVersion('@jax-js/jax');
  return {
    runtime: 'node',
    ...environment,
    wasmKernels: (await relaxedSimd()) ? 'relaxed SIMD' : 'baseline SIMD',
    packages: jax === null ? packages : { ...packages, '@jax-js/jax': jax },
  };
}

/** The environment in words, for a page. */
export function environmentInWords(environment: BenchEnvironment): Record<string, string> {
  const { cpu, cores, os, node, v8, wasmKernels, packages, date } = environment;
  return {
    CPU: `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    System: os,
    'Node.js': `${node} (V8 ${v8})`,
    'Kernels of ours': wasmKernels,
    Packages: Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    Date: date.slice(0, 10),
  };
}

/** An optional package's version, from its manifest; null where it is not installed. */
function installedVersion(name: string): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const folder = entry.slice(0, entry.lastIndexOf(join('node_modules', name)));
    const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return JSON.parse(manifest).version;
  } catch {
    return null;
  }
}
