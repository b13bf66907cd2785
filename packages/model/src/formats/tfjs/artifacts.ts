import { fromFloat16Bits, NormError } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';

/** What of `tf.io.WeightsManifestEntry` is needed here. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

/** What of `tf.io.ModelArtifacts` is needed here; everything else is handed on. */
export interface TfjsArtifacts {
  readonly modelTopology?: object;
  readonly format?: string;
  readonly weightSpecs?: readonly WeightSpec[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
  /** Of a graph model: its inputs and outputs by name. */
  readonly signature?: object;
  readonly userDefinedMetadata?: object;
  /** A graph that runs once, before the model's own. */
  readonly modelInitializer?: object;
}

/** Which of TensorFlow.js's two formats artifacts are of: graphs have a list of nodes. */
export function tfjsFormat({ modelTopology }: TfjsArtifacts): 'tfjs-graph' | 'tfjs-layers' {
  if (typeof modelTopology !== 'object' || modelTopology === null) {
    throw new NormError(
      'file',
      'the artifacts have no modelTopology. The bytes of an ONNX file go to @normlayers/model.',
    );
  }
  return 'node' in modelTopology ? 'tfjs-graph' : 'tfjs-layers';
}

/** The weights of a model by name, in their order. */
export class Weights {
  readonly #entries = new Map<string, { spec: WeightSpec; bytes: Uint8Array }>();

  constructor({ weightSpecs = [], weightData = new ArrayBuffer(0) }: TfjsArtifacts) {
    const bytes = joinedBytes(Array.isArray(weightData) ? weightData : [weightData as ArrayBuffer]);
    let offset = 0;
    for (const spec of weightSpecs) {
      const width = WIDTH[spec.quantization?.dtype ?? spec.dtype];
      if (width === undefined && spec.dtype !== 'string') {
        throw new NormError(
          'unsupported',
          `weight ${spec.name} is of type ${spec.dtype}, whose length is not known.`,
        );
      }
      const count = sizeOf(spec.shape);
      const end = width === undefined ? endOfTexts(bytes, offset, count) : offset + count * width;
      if (end > bytes.length) {
        throw new NormError(
          'file',
          `the weights end before ${spec.name}: ${bytes.length} bytes, ${end} wanted.`,
        );
      }
      this.#entries.set(spec.name, { spec, bytes: bytes.subarray(offset, end) });
      offset = end;
    }
  }

  spec(name: string): WeightSpec | undefined {
    return this.#entries.get(name)?.spec;
  }

  /** The numbers of a weight as TensorFlow.js computes with them; null where there is none of that name, or it has none. */
  read(name: string): Float64Array | null {
    const entry = this.#entries.get(name);
    return entry === undefined ? null : numbersOf(entry.spec, entry.bytes);
  }

  /** Sets a float32 weight, rounded once; a new one comes after `after`, or last. */
  write(name: string, shape: readonly number[], numbers: Float64Array, after?: string): void {
    const bytes = new Uint8Array(new Float32Array(numbers).buffer);
    const entry = { spec: { name, shape, dtype: 'float32' }, bytes };
    if (after === undefined || this.#entries.has(name) || !this.#entries.has(after)) {
      this.#entries.set(name, entry);
      return;
    }
    const entries = [...this.#entries];
    entries.splice(entries.findIndex(([one]) => one === after) + 1, 0, [name, entry]);
    this.#entries.clear();
    for (const [one, other] of entries) this.#entries.set(one, other);
  }

  /** Gives the weights of a layer to another one too. */
  copy(layer: string, to: string): void {
    for (const [name, { spec, bytes }] of [...this.#entries]) {
      if (!name.startsWith(`${layer}/`)) continue;
      const own = to + name.slice(layer.length);
      this.#entries.set(own, { spec: { ...spec, name: own }, bytes });
    }
  }

  remove(name: string): void {
    this.#entries.delete(name);
  }

  /** As they stand in artifacts. */
  toArtifacts(): { weightSpecs: WeightSpec[]; weightData: ArrayBuffer } {
    const entries = [...this.#entries.values()];
    const all = joinedBytes(entries.map(({ bytes }) => bytes));
    return { weightSpecs: entries.map(({ spec }) => spec), weightData: all.buffer as ArrayBuffer };
  }
}

/** Quantized weights are rounded to float32 when they have been made from their integers (tfjs-core, `io/io_utils.ts`). */
function numbersOf({ dtype, quantization }: WeightSpec, bytes: Uint8Array): Float64Array | null {
  const typed = TYPED[quantization?.dtype ?? dtype];
  if (typed === undefined || (dtype !== 'float32' && dtype !== 'int32')) return null;
  // A copy, since shards begin where they begin; the numbers of model files are little-endian, as are machines with a page.
  const numbers = new typed(bytes.slice().buffer);
  const result = new Float64Array(numbers.length);
  const { scale = 1, min = 0 } = quantization ?? {};
  // A loop: Float64Array.from with a function takes 20 times as long.
  for (let i = 0; i < result.length; i++) {
    const one = numbers[i]!;
    if (quantization === undefined) result[i] = one;
    else if (quantization.dtype === 'float16') result[i] = fromFloat16Bits(one);
    else if (dtype === 'int32') result[i] = Math.round(one * scale + min);
    else result[i] = Math.fround(one * scale + min);
  }
  return result;
}

/** Texts stand one behind the other, each with its length in four bytes before it (tfjs-core, `io/io_utils.ts`). */
function endOfTexts(bytes: Uint8Array, start: number, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = start;
  for (let i = 0; i < count; i++) {
    if (end + 4 > bytes.length) return end + 4;
    end += 4 + view.getUint32(end, true);
  }
  return end;
}

const TYPED: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayLike<number>>> = {
  float32: Float32Array,
  int32: Int32Array,
  float16: Uint16Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
};

const WIDTH: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
  complex64: 8,
};

function joinedBytes(parts: readonly (ArrayBuffer | Uint8Array)[]): Uint8Array {
  const arrays = parts.map((part) => (part instanceof Uint8Array ? part : new Uint8Array(part)));
  if (arrays.length === 1 && arrays[0]!.length === arrays[0]!.buffer.byteLength) return arrays[0]!;
  const all = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of arrays) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/**
 * The artifacts of a TensorFlow.js model whose files are at hand: `model.json` and the shards that it names.
 *
 * @throws NormError `file` where there is no `model.json`, it is none, or a shard is missing.
 */
export function tfjsArtifacts(files: Readonly<Record<string, Uint8Array>>): TfjsArtifacts {
  const json = files['model.json'];
  if (json === undefined) throw new NormError('file', 'there is no model.json among the files.');
  let model: { modelTopology?: object; weightsManifest?: ManifestGroup[]; format?: string };
  try {
    model = JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    throw new NormError('file', `model.json is no JSON: ${(error as Error).message}.`, { cause: error });
  }
  const { weightsManifest = [], ...rest } = model;
  const shards = weightsManifest.flatMap(({ paths }) =>
    paths.map((path) => {
      if (files[path] === undefined)
        throw new NormError('file', `model.json names ${path}, which is not there.`);
      return files[path];
    }),
  );
  return {
    ...rest,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: joinedBytes(shards).buffer as ArrayBuffer,
  };
}

/** How large a shard may be: what browsers' caches keep, and TensorFlow.js's converter writes. */
const SHARD = 4 * 1024 * 1024;

/**
 * The files of a TensorFlow.js model, as `tfjsArtifacts` reads them: `model.json`, and its weights in shards of 4 MiB,
 * `group1-shard1of3.bin` and so on.
 *
 * @param group what the names of the shards begin with. Default: `group1`, as the converter has it.
 */
export function tfjsFiles(artifacts: TfjsArtifacts, group = 'group1'): Record<string, Uint8Array> {
  const { weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
  const data = joinedBytes(Array.isArray(weightData) ? weightData : [weightData as ArrayBuffer]);
  const count = Math.max(1, Math.ceil(data.length / SHARD));
  const paths = Array.from({ length: count }, (_, i) => `${group}-shard${i + 1}of${count}.bin`);
  const files: Record<string, Uint8Array> = {};
  const weightsManifest = weightSpecs.length === 0 ? [] : [{ paths, weights: weightSpecs }];
  files['model.json'] = new TextEncoder().encode(JSON.stringify({ ...rest, weightsManifest }));
  if (weightSpecs.length === 0) return files;
  for (const [i, path] of paths.entries()) files[path] = data.subarray(i * SHARD, (i + 1) * SHARD);
  return files;
}
