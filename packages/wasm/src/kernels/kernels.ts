import { NormError } from '@normlayers/core';
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
  /** Undefined where they were not asked for. */
  readonly float64: KernelExports | undefined;
  readonly float16: HalfExports;
}

/** The bytes of the kernels, and of what widens and rounds float16. */
export interface KernelBytes {
  readonly float32: Uint8Array<ArrayBuffer>;
  readonly float64: Uint8Array<ArrayBuffer> | undefined;
  readonly float16: Uint8Array<ArrayBuffer>;
}

/** The compiled kernels. */
export interface CompiledKernels extends KernelModules {
  readonly float16: WebAssembly.Module;
}

/** Which kernels are wanted. */
export interface KernelChoice {
  /** Relaxed SIMD (fused multiply-add): by default where the engine has it; false keeps to the baseline. */
  readonly relaxed?: boolean;
  /** Whether calls on float64 will come. Default: true. With false a page downloads 5 kB less. */
  readonly float64?: boolean;
}

/** Each is a module of its own, so that a bundler with code splitting lets a page load what it needs. */
const EMBEDDED = {
  float32: () => import('./embedded/float32'),
  'float32-relaxed': () => import('./embedded/float32-relaxed'),
  float64: () => import('./embedded/float64'),
  'float64-relaxed': () => import('./embedded/float64-relaxed'),
  float16: () => import('./embedded/float16'),
};

const inflated = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** An embedded file, inflated once. */
function embedded(name: keyof typeof EMBEDDED): Promise<Uint8Array<ArrayBuffer>> {
  let file = inflated.get(name);
  if (file === undefined) {
    file = EMBEDDED[name]().then(({ KERNELS }) => inflate(KERNELS));
    inflated.set(name, file);
  }
  return file;
}

async function inflate(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The best kernels that this engine compiles.
 *
 * @throws NormError `backend` where WebAssembly SIMD is missing.
 */
export async function kernelBytes({ relaxed, float64 = true }: KernelChoice): Promise<KernelBytes> {
  const variant = relaxed !== false && compiles(RELAXED_MADD) ? '-relaxed' : '';
  if (relaxed !== true ? compiles(SIMD) : variant !== '') {
    const [wide, double, half] = await Promise.all([
      embedded(`float32${variant}`),
      float64 ? embedded(`float64${variant}`) : undefined,
      embedded('float16'),
    ]);
    return { float32: wide, float64: double, float16: half };
  }
  throw new NormError(
    'backend',
    relaxed === true
      ? 'This engine has no relaxed SIMD; leave relaxed out.'
      : "This engine has no WebAssembly SIMD; @normlayers/core's functions compute the same without it.",
  );
}

/** A function of no parameters and no result, of these instructions. */
function compiles(body: readonly number[]): boolean {
  const code = [0, ...body, 0x1a, 0x0b];
  // Magic and version; one type; one function of it; its code (WebAssembly specification, section 5.5).
  const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  return WebAssembly.validate(Uint8Array.from([...module, 10, code.length + 2, 1, code.length, ...code]));
}

/** i32.const 0, i8x16.splat. */
const SIMD = [0x41, 0, 0xfd, 0x0f];
/** The same three times, f32x4.relaxed_madd. */
const RELAXED_MADD = [...SIMD, ...SIMD, ...SIMD, 0xfd, 0x85, 2];

export async function compileKernels({ float32, float64, float16 }: KernelBytes): Promise<CompiledKernels> {
  return {
    float32: await WebAssembly.compile(float32),
    float64: float64 && (await WebAssembly.compile(float64)),
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
    float64: float64 && ((await instantiate(float64)) as KernelExports),
    float16: (await instantiate(float16)) as HalfExports,
  };
}
