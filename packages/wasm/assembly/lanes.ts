/** The words that the kernels are written in, for T = f32 (four lanes) and T = f64 (two). */

/** How many bytes the kernels step over at a time: four vectors. */
// @ts-expect-error: decorator
@inline export const STEP: usize = 64;

/** One vector, in bytes. */
// @ts-expect-error: decorator
@inline export const VECTOR: usize = 16;

/** a * b + c: in one rounding, faster, where the engine has relaxed SIMD. */
// @ts-expect-error: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/**
 * Whether a loop takes a shift off. As types, since they divide the loop in two before anything is optimized: of a flag
 * Binaryen makes one loop again, with a choice for each vector (Layer Norm of [4096, 768]: 0.75 ms becomes 1.1).
 */
export type Shifted = u8;
export type Plain = u16;

/** x - k where there is something to take off. */
// @ts-expect-error: decorator
@inline
export function taken<T, S>(x: v128, k: v128): v128 {
  if (sizeof<S>() == sizeof<Shifted>()) return v128.sub<T>(x, k);
  return x;
}

// @ts-expect-error: decorator
@inline
export function splat<T>(value: f64): v128 {
  return v128.splat<T>(<T>value);
}

/** An element, widened without loss. */
// @ts-expect-error: decorator
@inline
export function at<T>(pointer: usize): f64 {
  return <f64>load<T>(pointer);
}

/** The sum of a vector's lanes, in float64. */
// @ts-expect-error: decorator
@inline
export function total<T>(vector: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(vector, 0) + f64x2.extract_lane(vector, 1);
  const low = f64x2.promote_low_f32x4(vector);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(vector, vector, 1, 0));
  const pair = f64x2.add(low, high);
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/**
 * A constant for a loop, by way of memory. V8 (Node 20) keeps a splat that it has computed in general registers and
 * splats it anew in every turn of the loop; one that was loaded stays in its vector register: 1.1 ms instead of 2.2 for
 * Layer Norm of [4096, 768] (measured).
 */
// @ts-expect-error: decorator
@inline
export function pinned<T>(slot: usize, value: f64): v128 {
  v128.store(slot, splat<T>(value));
  return v128.load(slot);
}

/** Adds a vector's lanes to as many float64 numbers in memory; of float64 lanes, what that loses to as many `rests` bytes on. */
// @ts-expect-error: decorator
@inline
function addTo<T>(pointer: usize, vector: v128, rests: usize): void {
  if (sizeof<T>() == 8) {
    const before = v128.load(pointer);
    const after = f64x2.add(before, vector);
    const added = f64x2.sub(after, before);
    const lost = f64x2.add(f64x2.sub(before, f64x2.sub(after, added)), f64x2.sub(vector, added));
    v128.store(pointer, after);
    v128.store(pointer + rests, f64x2.add(v128.load(pointer + rests), lost));
    return;
  }
  const low = f64x2.promote_low_f32x4(vector);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(vector, vector, 1, 0));
  v128.store(pointer, f64x2.add(v128.load(pointer), low));
  v128.store(pointer, f64x2.add(v128.load(pointer, 16), high), 16);
}

/**
 * Adds two neighbouring vectors' lanes to as many float64 numbers in memory. Not inlined: it is needed in many places,
 * once for many rows.
 */
export function addPair<T>(pointer: usize, a: v128, b: v128, rests: usize): void {
  addTo<T>(pointer, a, rests);
  addTo<T>(pointer + ((VECTOR / sizeof<T>()) << 3), b, rests);
}
