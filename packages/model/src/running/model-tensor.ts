import { fromFloat16Bits } from '@normlayers/core';

/** A tensor that goes into a model or comes out of it: what `ort.Tensor` is made from, and what it has. */
export interface ModelTensor {
  /** `float32`, `float16` (16 bits of each in a Uint16Array), `float64`, `int64`, `int32`, `bool`, ... */
  readonly type: string;
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: ArrayLike<number> | ArrayLike<bigint> | readonly string[] | ArrayLike<unknown>;
}

export type ModelTensors = Readonly<Record<string, ModelTensor>>;

/**
 * Runs a model that is not known beforehand on inputs, and gives its outputs by name: the bytes of an ONNX file, or with `M`
 * the artifacts of a TensorFlow.js model. The caller hands it over: this package runs nothing itself.
 */
export type RunModel<M = Uint8Array> = (model: M, inputs: ModelTensors) => Promise<ModelTensors>;

/** How many decimal digits each floating-point type holds: its significand's bits times log10(2). */
const DIGITS: Readonly<Record<string, number>> = {
  float64: 15.95,
  float32: 7.22,
  float16: 3.31,
  bfloat16: 2.4,
};

/** The numbers, widened. float16 is told by its bits, unless the engine has an array of its own for it. */
export function numbersIn({ type, data }: ModelTensor): Float64Array {
  const list = data as ArrayLike<number | bigint | boolean>;
  const isBits = data instanceof Uint16Array && type === 'float16';
  return Float64Array.from({ length: list.length }, (_, i) => {
    const one = Number(list[i]);
    return isBits ? fromFloat16Bits(one) : one;
  });
}

/**
 * How many decimal digits of `expected` are right: -log10(largest difference / largest number), at most what the type
 * holds. 0 where NaN and infinities are elsewhere, or shape or type differ.
 */
export function digitsRight(expected: ModelTensor, actual: ModelTensor | undefined): number {
  if (actual === undefined || actual.type !== expected.type) return 0;
  if (actual.dims.join() !== expected.dims.join()) return 0;
  return digitsBetween(numbersIn(expected), numbersIn(actual), DIGITS[expected.type] ?? 15.95);
}

export function digitsBetween(expected: Float64Array, actual: Float64Array, most: number): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i]!, actual[i]!];
    if (Object.is(a, b) || a === b) {
      if (Number.isFinite(a)) largest = Math.max(largest, Math.abs(a));
      continue;
    }
    if (!Number.isFinite(a) || !Number.isFinite(b)) return 0;
    largest = Math.max(largest, Math.abs(a));
    difference = Math.max(difference, Math.abs(a - b));
  }
  if (difference === 0) return most;
  return largest === 0 ? 0 : Math.min(most, Math.max(0, -Math.log10(difference / largest)));
}

export function digitsOf(type: string): number {
  return DIGITS[type] ?? 15.95;
}
