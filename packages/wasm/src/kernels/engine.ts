/** Whether the engine has WebAssembly with SIMD. */
export function hasSimd(): boolean {
  return compiles(SIMD);
}

/** Whether it has relaxed SIMD too, whose multiply-add rounds once. */
export function hasRelaxedSimd(): boolean {
  return compiles(RELAXED_MADD);
}

/** i32.const 0, i8x16.splat. */
const SIMD = [0x41, 0, 0xfd, 0x0f];
/** The same three times, f32x4.relaxed_madd. */
const RELAXED_MADD = [...SIMD, ...SIMD, ...SIMD, 0xfd, 0x85, 2];

/** Whether a function of no parameters and no result, of these instructions, is valid. */
function compiles(body: readonly number[]): boolean {
  if (typeof WebAssembly === 'undefined') return false;
  const code = [0, ...body, 0x1a, 0x0b];
  // Magic and version; one type; one function of it; its code (WebAssembly specification, section 5.5).
  const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
  return WebAssembly.validate(Uint8Array.from([...module, 10, code.length + 2, 1, code.length, ...code]));
}
