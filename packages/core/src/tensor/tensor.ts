import { NormError } from '../errors';

/** Storage types. Statistics of float16 tensors are float32; everything is computed in float64 by the reference. */
export const DTYPES = ['float64', 'float32', 'float16'] as const;
export type DType = (typeof DTYPES)[number];

/** What holds the numbers of each type; a float16 is stored as its 16 bits. */
export interface DataOf {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
}

export type TensorData = DataOf[DType];

/** A tensor's type and shape: all that checking a call needs where the data is on a device. */
export interface TensorDescription<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
}

/**
 * Numbers with a shape, row-major (the last axis varies fastest). A plain record: it can be structured-cloned to a
 * worker, and its data is used where it is, never copied in.
 */
export interface Tensor<D extends DType = DType> extends TensorDescription<D> {
  readonly data: DataOf[D];
}

/** How many elements a shape has: the product of its dimensions, 1 for rank 0. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** An array for `size` elements of a type, all zero. */
export function allocate<D extends DType>(dtype: D, size: number): DataOf[D];
export function allocate(dtype: DType, size: number): TensorData {
  switch (dtype) {
    case 'float64':
      return new Float64Array(size);
    case 'float32':
      return new Float32Array(size);
    case 'float16':
      return new Uint16Array(size);
  }
}

/** JavaScript's own half-precision array, where the engine has it: the same 16 bits, seen as numbers. */
interface Float16ArrayLike {
  readonly BYTES_PER_ELEMENT: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
  readonly [Symbol.toStringTag]: string;
}

/**
 * Gives numbers a shape. A typed array is used in place and its class says the type: `Float64Array` is float64,
 * `Float32Array` is float32, `Uint16Array` (bits) and `Float16Array` are float16. A plain array becomes float32.
 *
 * @param data the elements, row-major; their number is the product of `shape`.
 * @param shape the dimensions; default: one axis.
 * @throws NormError `shape`, `data-length`, `dtype`.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
 * assert.equal(x.dtype, 'float32');
 * ```
 */
export function tensor(data: readonly number[] | Float32Array, shape?: readonly number[]): Tensor<'float32'>;
export function tensor(data: Float64Array, shape?: readonly number[]): Tensor<'float64'>;
export function tensor(data: Uint16Array | Float16ArrayLike, shape?: readonly number[]): Tensor<'float16'>;
export function tensor(data: TensorData, shape?: readonly number[]): Tensor;
export function tensor(
  data: readonly number[] | TensorData | Float16ArrayLike,
  shape: readonly number[] = [data.length],
): Tensor {
  const made = { shape: [...shape], ...storageOf(data) };
  checkTensor('tensor', made);
  return made;
}

function storageOf(data: readonly number[] | TensorData | Float16ArrayLike): Pick<Tensor, 'dtype' | 'data'> {
  if (data instanceof Float32Array) return { dtype: 'float32', data };
  if (data instanceof Float64Array) return { dtype: 'float64', data };
  if (data instanceof Uint16Array) return { dtype: 'float16', data };
  if (Array.isArray(data)) {
    const i = data.findIndex((value) => typeof value !== 'number');
    if (i === -1) return { dtype: 'float32', data: Float32Array.from(data) };
    const nested = Array.isArray(data[i])
      ? ' Give nested arrays flat, with their shape: data.flat(Infinity).'
      : '';
    throw new NormError('dtype', `data[${i}] is ${describe(data[i])}; expected numbers alone.${nested}`, {
      argument: 'data',
    });
  }
  const view = data as Float16ArrayLike;
  if (ArrayBuffer.isView(view) && view[Symbol.toStringTag] === 'Float16Array') {
    return { dtype: 'float16', data: new Uint16Array(view.buffer, view.byteOffset, view.length) };
  }
  throw new NormError(
    'dtype',
    `data is ${describe(data)}; expected a Float64Array, Float32Array, Uint16Array (float16 bits), Float16Array or an array of numbers.`,
    { argument: 'data' },
  );
}

const DATA_CLASS = { float64: 'Float64Array', float32: 'Float32Array', float16: 'Uint16Array' } as const;

/** Refuses what has no known type or no possible shape; `argument` names it in the message. */
export function checkDescription(argument: string, value: unknown): asserts value is TensorDescription {
  if (typeof value !== 'object' || value === null) {
    throw new NormError('missing-argument', `${argument} is ${describe(value)}; expected a tensor.`, {
      argument,
    });
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new NormError(
      'dtype',
      `${argument} is numbers without a shape; expected a tensor: tensor(${argument}, shape).`,
      { argument },
    );
  }
  const { dtype, shape } = value as Record<keyof TensorDescription, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DATA_CLASS, dtype)) {
    throw new NormError(
      'dtype',
      `${argument} has type ${describe(dtype)}; expected 'float64', 'float32' or 'float16'.`,
      { argument },
    );
  }
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new NormError(
      'shape',
      `${argument} has shape ${describe(shape)}; expected an array of whole numbers, none negative.`,
      { argument },
    );
  }
}

/** Refuses a tensor whose type, shape and data do not fit each other; `argument` names it in the message. */
export function checkTensor(argument: string, value: unknown): asserts value is Tensor {
  checkDescription(argument, value);
  const { dtype, shape, data } = value as TensorDescription & { data: unknown };
  const expected = DATA_CLASS[dtype];
  const given = ArrayBuffer.isView(data)
    ? (data as unknown as Float16ArrayLike)[Symbol.toStringTag]
    : describe(data);
  if (given !== expected) {
    throw new NormError(
      'dtype',
      `${argument} is ${dtype} but its data is ${given}; expected a ${expected}.`,
      { argument },
    );
  }
  const { length } = data as TensorData;
  if (length !== sizeOf(shape)) {
    throw new NormError(
      'data-length',
      `${argument} has ${length} elements; its shape [${shape}] needs ${sizeOf(shape)}.`,
      { argument },
    );
  }
}

/** A value in a few words, for messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value))
    return `[${value.map((item) => (typeof item === 'object' ? 'object' : String(item))).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}
