export type { ResidentTensor } from './resident-tensor';
export { wasmAdapter } from './wasm-adapter';
export { createNorm, type WasmNorm, type WasmOptions } from './wasm-norm';
