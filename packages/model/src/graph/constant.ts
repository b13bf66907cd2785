import { sizeOf } from '@normlayers/core/adapter';
import type { ElementType } from './element-type';

/** Numbers that a model's file holds. They are read when asked for: large files are inspected without them. */
export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** The numbers, widened without loss (int64 beyond 2^53 aside); null where the file at hand does not hold them. */
  read(): Float64Array | null;
  /**
   * The same numbers a piece at a time, in an array that the next piece overwrites, so that of weights which are most of a
   * file no widened copy is held. Where it is missing, `read` gives all in one.
   */
  readonly pieces?: () => Iterable<Float64Array> | null;
}

/** The numbers of a constant a piece at a time. They are not the receiver's to change. */
export function piecesOf(constant: Constant): Iterable<Float64Array> | null {
  if (constant.pieces !== undefined) return constant.pieces();
  const numbers = constant.read();
  return numbers && [numbers];
}

/** All of a constant's pieces in one array. */
export function wholeOf(pieces: Iterable<Float64Array> | null, size: number): Float64Array | null {
  if (pieces === null) return null;
  const numbers = new Float64Array(size);
  let start = 0;
  for (const piece of pieces) {
    numbers.set(piece, start);
    start += piece.length;
  }
  return numbers;
}

/** A constant of numbers at hand. */
export function constantOf(type: ElementType, shape: readonly number[], numbers: Float64Array): Constant {
  return { type, shape, read: () => numbers };
}

/** The one number of a constant with a single element. */
export function scalarOf(constant: Constant | null): number | null {
  if (constant === null || sizeOf(constant.shape) !== 1) return null;
  return constant.read()?.[0] ?? null;
}

/**
 * The numbers brought to a larger shape, as ONNX and NumPy broadcast: axes are aligned from the last one.
 *
 * @returns null where the shapes do not fit.
 */
export function broadcast(
  numbers: Float64Array,
  shape: readonly number[],
  target: readonly number[],
): Float64Array | null {
  const missing = target.length - shape.length;
  if (missing < 0 || shape.some((size, i) => size !== 1 && size !== target[i + missing])) return null;
  const strides = new Array<number>(target.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis + missing] = stride;
    stride *= shape[axis]!;
  }
  const result = new Float64Array(sizeOf(target));
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let offset = 0;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      offset += (rest % target[axis]!) * strides[axis]!;
      rest = Math.floor(rest / target[axis]!);
    }
    result[i] = numbers[offset]!;
  }
  return result;
}

/** The shape of two broadcast together, or null where they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}
