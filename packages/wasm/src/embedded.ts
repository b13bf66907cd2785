/**
 * All kernels, in one module: for `createNorm({ kernels })` where `import()` is forbidden, as in a service
 * worker.
 *
 * @module
 */
import { KERNELS as float16 } from './kernels/embedded/float16';
import { KERNELS as float32 } from './kernels/embedded/float32';
import { KERNELS as float32Relaxed } from './kernels/embedded/float32-relaxed';
import { KERNELS as float64 } from './kernels/embedded/float64';
import { KERNELS as float64Relaxed } from './kernels/embedded/float64-relaxed';
import type { KernelFile } from './kernels/kernel-files';

/**
 * The kernels of both types, with and without relaxed SIMD.
 *
 * @example
 * ```ts
 * import { createNorm } from '@normlayers/wasm';
 * import { kernels } from '@normlayers/wasm/embedded';
 *
 * const norm = await createNorm({ kernels });
 * norm.dispose();
 * ```
 */
export const kernels: Readonly<Record<KernelFile, string>> = {
  float32,
  'float32-relaxed': float32Relaxed,
  float64,
  'float64-relaxed': float64Relaxed,
  float16,
};
