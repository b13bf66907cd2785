export { wasmAdapter, wasmThreadsAdapter } from './adapter';
export type { KernelChoice, KernelFile, KernelFiles } from './kernels/kernel-files';
export type { Allocator } from './memory/arena';
export type { ResidentTensor } from './memory/resident-tensor';
export { createNorm, type WasmKernelForm, type WasmKernels, type WasmNorm } from './norm';
export { createNormInPlace, type NormInPlace } from './norm-in-place';
export type { WasmOptions } from './options';
export { threadsUnavailable } from './threads/threads-unavailable';
