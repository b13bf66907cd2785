import { NormError, toFloat16Bits } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Dimension } from '../graph/graph';
import type { ModelTensor } from './model-tensor';

export interface RandomInputOptions {
  /** The same seed gives the same numbers. Default: 1. */
  readonly seed?: number;
  /**
   * Sizes that the file leaves open: of ONNX's symbolic dimensions by name, of TensorFlow.js's by input and axis, as
   * `x:0`. The rest are 1. Default: none.
   */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** An input that a model asks for. */
export interface ModelInput {
  readonly name: string;
  /** null: the file does not say. */
  readonly type: string | null;
  /** A size, a symbolic one's name, or null; null as a whole: not even the rank is known. */
  readonly shape: readonly Dimension[] | null;
}

/** Random numbers for inputs: between -1 and 1, integers and truth values 0 or 1. */
export function randomTensors(
  inputs: readonly ModelInput[],
  { seed = 1, sizes = {} }: RandomInputOptions = {},
): Record<string, ModelTensor> {
  const generator = xoroshiro128plus(seed);
  const random = () => uniformFloat64(generator);
  const tensors: Record<string, ModelTensor> = {};
  for (const { name, type, shape } of inputs) {
    const make = type === null || !Object.hasOwn(MAKERS, type) ? undefined : MAKERS[type];
    if (make === undefined || shape === null) {
      throw new NormError('unsupported', `input ${name} is ${type ?? 'of no known type'}; give it.`);
    }
    const dims = shape.map((size, axis) =>
      typeof size === 'number' ? size : (sizes[size ?? `${name}:${axis}`] ?? 1),
    );
    tensors[name] = { type: type!, dims, data: make(sizeOf(dims), random) };
  }
  return tensors;
}

type Make = (size: number, random: () => number) => ModelTensor['data'];

const signed = (random: () => number) => 2 * random() - 1;

const MAKERS: Readonly<Record<string, Make>> = {
  float32: (size, random) => Float32Array.from({ length: size }, () => signed(random)),
  float64: (size, random) => Float64Array.from({ length: size }, () => signed(random)),
  float16: (size, random) => Uint16Array.from({ length: size }, () => toFloat16Bits(signed(random))),
  int64: (size, random) => BigInt64Array.from({ length: size }, () => BigInt(Math.round(random()))),
  int32: (size, random) => Int32Array.from({ length: size }, () => Math.round(random())),
  int8: (size, random) => Int8Array.from({ length: size }, () => Math.round(random())),
  uint8: (size, random) => Uint8Array.from({ length: size }, () => Math.round(random())),
  bool: (size, random) => Uint8Array.from({ length: size }, () => Math.round(random())),
};
