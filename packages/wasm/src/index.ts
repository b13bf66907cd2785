export type { Allocator } from './arena';
export type { KernelChoice } from './kernels';
export { createNormInPlace, type NormInPlace } from './norm-in-place';
export type { ResidentTensor } from './resident-tensor';
export { threadsUnavailable } from './threads-unavailable';
export { wasmAdapter, wasmThreadsAdapter } from './wasm-adapter';
export { createNorm, type WasmNorm, type WasmOptions } from './wasm-norm';
