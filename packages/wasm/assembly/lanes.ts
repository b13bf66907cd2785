import { Launch, PINS } from './launch';

/** Vectors of T = f32 (four lanes) and T = f64 (two): what all kernels are written with. */

/** How many bytes the kernels step over at a time: four vectors. */
// @ts-expect-error: decorator
@inline export const STEP: usize = 64;

/** One vector, in bytes. */
// @ts-expect-error: decorator
@inline export const VECTOR: usize = 16;

/** a * b + c: in one rounding, and faster, where the engine has relaxed SIMD. */
// @ts-expect-error: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/**
 * Whether a loop subtracts a pivot. These are types, so that each makes a loop of its own before anything is
 * optimized: of a flag Binaryen makes one loop again, with a branch for each vector (Layer Norm of [4096,
 * 768]: 0.75 ms becomes 1.1).
 */
export type Pivoted = u8;
export type Plain = u16;

/**
 * Whether a loop that writes a row reads the next one meanwhile, and throws away what it has read: types too. An Intel
 * Xeon takes 1.25 times as long for [4096, 768] and [1024, 4096] without it, an AMD EPYC 1.28 times as long with it
 * (measured): src/kernels/read-ahead.ts finds out which is faster here.
 */
export type Ahead = u8;
export type Alone = u16;

/** The last pin, where what was read ahead goes, so that the loads are not left out. */
// @ts-expect-error: decorator
@inline const SEEN: usize = 4;

/** `seen` with the vector at a pointer that the loop reads ahead; as it is where the loop is Alone. */
// @ts-expect-error: decorator
@inline
export function readAhead<A>(seen: v128, pointer: usize): v128 {
  if (sizeof<A>() == sizeof<Ahead>()) return v128.or(seen, v128.load(pointer));
  return seen;
}

// @ts-expect-error: decorator
@inline
export function keepSeen<A>(launch: Launch, seen: v128): void {
  if (sizeof<A>() == sizeof<Ahead>()) v128.store(changetype<usize>(launch) + PINS + SEEN * VECTOR, seen);
}

/** x - pivot, or x where the loop is Plain. */
// @ts-expect-error: decorator
@inline
export function minusPivot<T, P>(x: v128, pivot: v128): v128 {
  if (sizeof<P>() == sizeof<Pivoted>()) return v128.sub<T>(x, pivot);
  return x;
}

// @ts-expect-error: decorator
@inline
export function splat<T>(value: f64): v128 {
  return v128.splat<T>(<T>value);
}

/** The element at a pointer, as float64. */
// @ts-expect-error: decorator
@inline
export function element<T>(pointer: usize): f64 {
  return <f64>load<T>(pointer);
}

/** The sum of a vector's lanes, in float64. */
// @ts-expect-error: decorator
@inline
export function laneSum<T>(vector: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(vector, 0) + f64x2.extract_lane(vector, 1);
  const low = f64x2.promote_low_f32x4(vector);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(vector, vector, 1, 0));
  const pair = f64x2.add(low, high);
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/**
 * A constant for a loop, by way of memory: number `slot`, below 5, of the launch's pins. V8 (Node 20) keeps a
 * splat that it has computed in general registers and splats it again in every turn of the loop; one that was
 * loaded stays in its vector register: 1.1 ms instead of 2.2 for Layer Norm of [4096, 768] (measured).
 */
// @ts-expect-error: decorator
@inline
export function pinned<T>(launch: Launch, slot: usize, value: f64): v128 {
  const pointer = changetype<usize>(launch) + PINS + slot * VECTOR;
  v128.store(pointer, splat<T>(value));
  return v128.load(pointer);
}

/**
 * Adds a vector's lanes to as many float64 sums in memory. Of float64 lanes the TwoSum errors are added to as
 * many numbers `errors` bytes on.
 */
// @ts-expect-error: decorator
@inline
function addLanes<T>(sums: usize, vector: v128, errors: usize): void {
  if (sizeof<T>() == 8) {
    const before = v128.load(sums);
    const after = f64x2.add(before, vector);
    const added = f64x2.sub(after, before);
    const error = f64x2.add(f64x2.sub(before, f64x2.sub(after, added)), f64x2.sub(vector, added));
    v128.store(sums, after);
    v128.store(sums + errors, f64x2.add(v128.load(sums + errors), error));
    return;
  }
  const low = f64x2.promote_low_f32x4(vector);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(vector, vector, 1, 0));
  v128.store(sums, f64x2.add(v128.load(sums), low));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16);
}

/**
 * Adds the lanes of two neighbouring vectors to as many float64 sums in memory. Not inlined: many places call
 * it, each once for many rows.
 */
export function addPair<T>(sums: usize, a: v128, b: v128, errors: usize): void {
  addLanes<T>(sums, a, errors);
  addLanes<T>(sums + ((VECTOR / sizeof<T>()) << 3), b, errors);
}
