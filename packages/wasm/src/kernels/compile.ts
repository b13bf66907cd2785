import { NormError } from '@normlayers/core/adapter';
import type { KernelBytes } from './kernel-files';
import type { Kernel, KernelModules, KernelName } from './kernel-table';

/** What a compiled kernel file exports. */
export interface KernelExports extends Readonly<Record<KernelName, Kernel>> {
  /** out = a + b; out may be one of them. */
  add(a: number, b: number, out: number, count: number): void;
}

/** float16 in and out. */
export interface HalfExports {
  widenHalf(from: number, to: number, count: number): void;
  roundHalf(from: number, to: number, count: number): void;
}

/** Kernels over one memory. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly float32: KernelExports;
  /** Undefined where they were not asked for. */
  readonly float64: KernelExports | undefined;
  readonly float16: HalfExports;
}

/** The compiled kernels. */
export interface CompiledKernels extends KernelModules {
  readonly float16: WebAssembly.Module;
}

/** @throws NormError `backend` where the engine, or a page's policy, refuses. */
export async function compileKernels({ float32, float64, float16 }: KernelBytes): Promise<CompiledKernels> {
  return {
    float32: await compiled(float32),
    float64: float64 && (await compiled(float64)),
    float16: await compiled(float16),
  };
}

async function compiled(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new NormError(
      'backend',
      `the kernels were not compiled (${(cause as Error).message}). A page's Content-Security-Policy must have 'wasm-unsafe-eval' in script-src; @normlayers/core's functions compute the same without WebAssembly.`,
      { cause },
    );
  }
}

/**
 * Kernels over a memory, which may be anybody's: nothing is laid out in it, and only what a call names is
 * touched.
 */
export async function instantiateKernels(
  { float32, float64, float16 }: CompiledKernels,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  const instantiate = async (module: WebAssembly.Module) =>
    (await WebAssembly.instantiate(module, { env: { memory } })).exports as unknown;
  return {
    memory,
    float32: (await instantiate(float32)) as KernelExports,
    float64: float64 && ((await instantiate(float64)) as KernelExports),
    float16: (await instantiate(float16)) as HalfExports,
  };
}
