import { NormError } from '@normlayers/core';
import { KERNELS, LENGTHS } from './embedded-kernels';

/** The kernels' names: one pair for each way in which a group's elements may lie. */
export type KernelName =
  | 'rowsForward'
  | 'rowsBackward'
  | 'stretchesForward'
  | 'stretchesBackward'
  | 'columnsForward'
  | 'columnsBackward';

type Kernel = (...args: number[]) => void;

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
  readonly float32: KernelExports & HalfExports;
  readonly float64: KernelExports;
}

/** The bytes of the kernels for float32 and float64. */
export type KernelBytes = readonly [float32: Uint8Array<ArrayBuffer>, float64: Uint8Array<ArrayBuffer>];

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
  const [float32, float32Relaxed, float64, float64Relaxed] = await embedded();
  if (relaxed !== false && WebAssembly.validate(float32Relaxed)) return [float32Relaxed, float64Relaxed];
  if (relaxed !== true && WebAssembly.validate(float32)) return [float32, float64];
  throw new NormError(
    'backend',
    relaxed === true
      ? 'This engine has no WebAssembly relaxed SIMD; leave relaxed out, and the baseline kernels run.'
      : "This engine has no WebAssembly SIMD; @normlayers/core's functions compute the same without it.",
  );
}

/** Kernels over a memory, which may be anybody's: nothing is laid out in it, and only what a call names is touched. */
export async function instantiateKernels(
  [float32, float64]: KernelBytes,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  const instantiate = async (bytes: Uint8Array<ArrayBuffer>) => {
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    return instance.exports as unknown;
  };
  return {
    memory,
    float32: (await instantiate(float32)) as Kernels['float32'],
    float64: (await instantiate(float64)) as Kernels['float64'],
  };
}
