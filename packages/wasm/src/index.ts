export type { KernelChoice } from './kernels/kernels';
export type { Allocator } from './memory/arena';
export type { ResidentTensor } from './memory/resident-tensor';
export { createNormInPlace, type NormInPlace } from './norm-in-place';
export { threadsUnavailable } from './threads/threads-unavailable';
export { wasmAdapter, wasmThreadsAdapter } from './wasm-adapter';
export { createNorm, type WasmNorm, type WasmOptions } from './wasm-norm';
