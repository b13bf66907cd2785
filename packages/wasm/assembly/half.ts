/**
 * float16, which WebAssembly does not have: widened to float32 on the way in, rounded to nearest, ties to
 * even, on the way out. Four at a time, by the bit arithmetic of IEEE 754's formats.
 */

/** float32 = the float16 bits, for `count` elements, rounded up to four. */
export function widenHalf(from: usize, to: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    v128.store(to + (i << 2), widened(v128.load_ext<u16>(from + (i << 1))));
  }
}

/** float16 bits = the float32 numbers, for `count` elements, rounded up to four. */
export function roundHalf(from: usize, to: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    const bits = rounded(v128.load(from + (i << 2)));
    v128.store64_lane(to + (i << 1), i16x8.narrow_i32x4_u(bits, bits), 0);
  }
}

/** Exponent and fraction shifted into place read as float32 are 2^-112 too small: denormals included. */
// @ts-expect-error: decorator
@inline
function widened(bits: v128): v128 {
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const number = f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000)));
  // Inf and NaN keep the highest exponent.
  const special = i32x4.gt_s(magnitude, i32x4.splat(0x0f7fffff));
  const wide = v128.or(number, v128.and(special, i32x4.splat(0x7f800000)));
  return v128.or(sign, wide);
}

// @ts-expect-error: decorator
@inline
function rounded(value: v128): v128 {
  const sign = v128.and(i32x4.shr_u(value, 16), i32x4.splat(0x8000));
  const magnitude = v128.and(value, i32x4.splat(0x7fffffff));
  // Normal: the exponent's bias taken off, and half of the last place added, a tie only where the last place
  // is odd.
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(<i32>0xc8000fff)), odd), 13);
  // Below 2^-14: adding 0.5 puts float16's last place where float32's is, and so rounds there.
  const small = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let bits = v128.bitselect(small, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
  // From 65520 on it is Inf.
  bits = v128.bitselect(i32x4.splat(0x7c00), bits, i32x4.gt_s(magnitude, i32x4.splat(0x477fefff)));
  bits = v128.bitselect(i32x4.splat(0x7e00), bits, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  return v128.or(sign, bits);
}
