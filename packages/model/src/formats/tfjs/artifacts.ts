import { NormError } from '@normlayers/core';
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
}

/** The weights of a model by name, in their order. */
export class Weights {
  readonly #entries = new Map<string, { spec: WeightSpec; bytes: Uint8Array }>();

  constructor({ weightSpecs = [], weightData = new ArrayBuffer(0) }: TfjsArtifacts) {
    const bytes = joinedBytes(Array.isArray(weightData) ? weightData : [weightData as ArrayBuffer]);
    let offset = 0;
    for (const spec of weightSpecs) {
      const width = WIDTH[spec.quantization?.dtype ?? spec.dtype];
      if (width === undefined) {
        throw new NormError(
          'unsupported',
          `weight ${spec.name} is of type ${spec.dtype}, whose length is not known.`,
        );
      }
      const end = offset + sizeOf(spec.shape) * width;
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

  /** The numbers of a float32 weight; null where there is none of that name, or it is quantized. */
  read(name: string): Float64Array | null {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.spec.quantization !== undefined) return null;
    const { spec, bytes } = entry;
    if (spec.dtype !== 'float32' && spec.dtype !== 'int32') return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isFloat = spec.dtype === 'float32';
    return Float64Array.from({ length: sizeOf(spec.shape) }, (_, i) =>
      isFloat ? view.getFloat32(4 * i, true) : view.getInt32(4 * i, true),
    );
  }

  /** Sets a float32 weight, rounded once; a new one comes after `after`. */
  write(name: string, shape: readonly number[], numbers: Float64Array, after?: string): void {
    const bytes = new Uint8Array(4 * numbers.length);
    const view = new DataView(bytes.buffer);
    numbers.forEach((number, i) => {
      view.setFloat32(4 * i, number, true);
    });
    const entry = { spec: { name, shape, dtype: 'float32' }, bytes };
    if (after === undefined || this.#entries.has(name)) {
      this.#entries.set(name, entry);
      return;
    }
    const entries = [...this.#entries];
    entries.splice(entries.findIndex(([one]) => one === after) + 1, 0, [name, entry]);
    this.#entries.clear();
    for (const [one, other] of entries) this.#entries.set(one, other);
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
