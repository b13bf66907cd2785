import { DTYPES, type DType, type NormCall, type OutputName, type Tensor } from '@normlayers/core';
import { allocate, sizeOf } from '@normlayers/core/adapter';
import type { AbsoluteTolerance, OutsideExpectation, OutsideTolerance } from '../cases/conformance-case';
import { storedAs } from '../judging/number-format';

/** A number in JSON, where NaN and the infinities are strings. */
type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export interface VectorTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: readonly JsonNumber[];
  /** An output's own tolerance; else the vector's. */
  readonly rtol?: number;
  readonly atol?: number;
  /** One per element of dimension 1, or of the only dimension. */
  readonly atolPerChannel?: readonly number[];
}

/**
 * One case of the neutral vector format; VECTORS.md documents it.
 */
export interface Vector {
  readonly name: string;
  readonly source: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly VectorTensor[];
  readonly outputs: readonly VectorTensor[];
  readonly rtol: number;
  readonly atol: number;
  /** WebNN's rule, which goes before rtol and atol. */
  readonly metric?: { readonly type: 'ULP' | 'ATOL'; readonly value: number };
}

/** A call that a vector asks for. */
export interface VectorCall {
  /** What the vector's name is followed by where it gives more than one call. */
  readonly part?: string;
  readonly call: NormCall;
  /** Our output's name: the vector's. Outputs that the vector does not have are judged by our rule alone. */
  readonly outputs: Readonly<Partial<Record<OutputName, string>>>;
}

/** A vector's calls, or why there are none. */
export type VectorCalls = readonly VectorCall[] | string;

/**
 * Takes a value for a vector after looking that it has the parts that everything reads.
 *
 * @throws TypeError naming what is missing.
 */
export function asVector(value: unknown): Vector {
  const vector = value as Vector;
  const name = typeof vector?.name === 'string' ? `vector '${vector.name}'` : 'a vector without a name';
  const refuse = (what: string): never => {
    throw new TypeError(`${name}: ${what}`);
  };
  if (
    typeof vector?.name !== 'string' ||
    typeof vector.source !== 'string' ||
    typeof vector.op !== 'string'
  ) {
    refuse('expected name, source and op, all text');
  }
  if (typeof vector.attributes !== 'object' || vector.attributes === null)
    refuse('expected attributes, an object');
  for (const part of ['inputs', 'outputs'] as const) {
    if (!Array.isArray(vector[part])) refuse(`expected ${part}, an array of tensors`);
    for (const tensor of vector[part]) {
      const { name: of, dtype, shape, data } = (tensor ?? {}) as Partial<VectorTensor>;
      if (!Array.isArray(shape) || !Array.isArray(data) || sizeOf(shape) !== data.length) {
        refuse(`${part} '${of}': expected shape and data that fit each other`);
      }
      if (!DTYPES.includes(dtype as DType)) refuse(`${part} '${of}': type ${dtype} is not known`);
    }
  }
  for (const output of vector.outputs) {
    const tolerance = vector.metric ?? output.rtol ?? vector.rtol;
    if (tolerance === undefined)
      refuse(`outputs '${output.name}': expected rtol and atol, of the vector or the output`);
  }
  return vector;
}

/** The vector's inputs by name, as tensors. */
export function inputsOf(vector: Vector): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(vector.inputs.map((input) => [input.name, tensorOf(input)]));
}

/** An input that the vector must have. */
export function inputOf(vector: Vector, name: string): Tensor {
  const found = vector.inputs.find((input) => input.name === name);
  if (found === undefined) throw new TypeError(`vector '${vector.name}': input '${name}' is missing`);
  return tensorOf(found);
}

export function tensorOf({ dtype, shape, data }: VectorTensor): Tensor {
  return { dtype, shape: [...shape], data: storedAs(data.map(Number), dtype) };
}

/** A tensor of zeros, like another. */
export function zerosLike({ dtype, shape }: Tensor): Tensor {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}

/** What the vector expects of an output; undefined where it does not have that one. */
export function expectationOf(vector: Vector, name: string): OutsideExpectation | undefined {
  const output = vector.outputs.find((candidate) => candidate.name === name);
  if (output === undefined) return undefined;
  return { values: Float64Array.from(output.data, Number), tolerance: outsideTolerance(vector, output) };
}

function outsideTolerance({ metric, rtol, atol }: Vector, output: VectorTensor): OutsideTolerance {
  if (metric?.type === 'ULP') return { kind: 'ulp', ulps: metric.value, dtype: output.dtype };
  if (metric?.type === 'ATOL') return { kind: 'close', rtol: 0, atol: metric.value };
  return { kind: 'close', rtol: output.rtol ?? rtol, atol: absolute(output) ?? atol };
}

function absolute({ atol, atolPerChannel, shape }: VectorTensor): AbsoluteTolerance | undefined {
  if (atolPerChannel === undefined) return atol;
  return { perChannel: atolPerChannel, inner: shape.length === 1 ? 1 : sizeOf(shape.slice(2)) };
}

/** A number among the attributes. */
export function numberAttribute(vector: Vector, name: string): number {
  const value = vector.attributes[name];
  if (typeof value !== 'number') {
    throw new TypeError(`vector '${vector.name}': attribute ${name} is ${String(value)}; expected a number`);
  }
  return value;
}

/** A list of numbers among the attributes. */
export function numbersAttribute(vector: Vector, name: string): readonly number[] {
  const value = vector.attributes[name];
  if (!Array.isArray(value)) {
    throw new TypeError(`vector '${vector.name}': attribute ${name} is ${String(value)}; expected an array`);
  }
  return value;
}
