import { NormError } from '@normlayers/core';
import { KERNELS, LENGTHS } from './embedded-kernels';
import type { Kernel, KernelModules, KernelName } from './kernel-table';

/** What a compiled kernel file exports. */
export type KernelExports = Readonly<Record<KernelName, Kernel>>;

/** float16 in and out. */
export interface HalfExports {
  widenHalf(from: number, to: number, count: number): void;
  roundHalf(from: number, to: number, count: number): void;
}

/** Kernels over one memory. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly float32: KernelExports;
  readonly float64: KernelExports;
  readonly float16: HalfExports;
}

/** The bytes of the kernels, and of what widens and rounds float16. */
export interface KernelBytes {
  readonly float32: Uint8Array<ArrayBuffer>;
  readonly float64: Uint8Array<ArrayBuffer>;
  readonly float16: Uint8Array<ArrayBuffer>;
}

/** The compiled kernels. */
export interface CompiledKernels extends KernelModules {
  readonly float16: WebAssembly.Module;
}

let inflated: Promise<readonly Uint8Array<ArrayBuffer>[]> | undefined;

/** All embedded files, inflated once. */
function embedded(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  inflated ??= (async () => {
    const deflated = Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0));
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const all = new Uint8Array(await new Response(stream).arrayBuffer());
    let end = 0;
    return LENGTHS.map((length) => all.slice(end, (end += length)));
  })();
  return inflated;
}

/**
 * The best kernels that this engine compiles.
 *
 * @param relaxed whether relaxed SIMD (fused multiply-add) is wanted; by default where the engine has it.
 * @throws NormError `backend` where WebAssembly SIMD is missing.
 */
export async function kernelBytes(relaxed?: boolean): Promise<KernelBytes> {
  const [float32, float32Relaxed, float64, float64Relaxed, float16] = await embedded();
  if (relaxed !== false && WebAssembly.validate(float32Relaxed)) {
    return { float32: float32Relaxed, float64: float64Relaxed, float16 };
  }
  if (relaxed !== true && WebAssembly.validate(float32)) return { float32, float64, float16 };
  throw new NormError(
    'backend',
    relaxed === true
      ? 'This engine has no WebAssembly relaxed SIMD; leave relaxed out, and the baseline kernels run.'
      : "This engine has no WebAssembly SIMD; @normlayers/core's functions compute the same without it.",
  );
}

export async function compileKernels({ float32, float64, float16 }: KernelBytes): Promise<CompiledKernels> {
  return {
    float32: await WebAssembly.compile(float32),
    float64: await WebAssembly.compile(float64),
    float16: await WebAssembly.compile(float16),
  };
}

/** Kernels over a memory, which may be anybody's: nothing is laid out in it, and only what a call names is touched. */
export async function instantiateKernels(
  { float32, float64, float16 }: CompiledKernels,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  const instantiate = async (module: WebAssembly.Module) =>
    (await WebAssembly.instantiate(module, { env: { memory } })).exports as unknown;
  return {
    memory,
    float32: (await instantiate(float32)) as KernelExports,
    float64: (await instantiate(float64)) as KernelExports,
    float16: (await instantiate(float16)) as HalfExports,
  };
}
