import { NormError, toFloat16Bits } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { linkOnnx, readOnnx } from '../../formats/onnx/read';
import type { TfjsArtifacts } from '../../formats/tfjs/artifacts';
import { tfjsInputs } from '../../formats/tfjs/inputs';
import type { Dimension } from '../../graph/graph';
import type { ModelTensor } from '../model-tensor';

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

/**
 * The inputs of a model, without those that have a default.
 *
 * @throws NormError `file` where it is no model.
 *
 * @example
 * ```ts
 * import { inputsOf } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 *
 * const inputs = inputsOf(await readFile(process.env.MODEL!));
 * assert.deepEqual(inputs, [{ name: 'onnx::Flatten_0', type: 'float32', shape: [1, 16, 96] }]);
 * ```
 */
export function inputsOf(model: Uint8Array | TfjsArtifacts): ModelInput[] {
  return model instanceof Uint8Array ? onnxInputs(model) : tfjsInputs(model);
}

/**
 * Random inputs for a model: numbers between -1 and 1, integers and truth values 0 or 1. Inputs that have a default are left
 * out.
 *
 * @throws NormError `file` where it is no model; `unsupported` for inputs of text, or of no known shape.
 */
export function randomInputs(
  model: Uint8Array | TfjsArtifacts,
  { seed = 1, sizes = {} }: RandomInputOptions = {},
): Record<string, ModelTensor> {
  const generator = xoroshiro128plus(seed);
  const random = () => uniformFloat64(generator);
  const inputs: Record<string, ModelTensor> = {};
  for (const { name, type, shape } of inputsOf(model)) {
    const make = type === null || !Object.hasOwn(MAKERS, type) ? undefined : MAKERS[type];
    if (make === undefined || shape === null) {
      throw new NormError('unsupported', `input ${name} is ${type ?? 'of no known type'}; give it.`);
    }
    const dims = shape.map((size, axis) =>
      typeof size === 'number' ? size : (sizes[size ?? `${name}:${axis}`] ?? 1),
    );
    inputs[name] = { type: type!, dims, data: make(sizeOf(dims), random) };
  }
  return inputs;
}

function onnxInputs(bytes: Uint8Array): ModelInput[] {
  const file = readOnnx(bytes);
  const [graph] = linkOnnx(file);
  const given = new Set(file.model.graph!.initializer.map(({ name }) => name));
  return file.model
    .graph!.input.filter(({ name }) => !given.has(name))
    .map(({ name }) => {
      const { type, shape } = graph!.values.get(name)!;
      return { name, type, shape };
    });
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
