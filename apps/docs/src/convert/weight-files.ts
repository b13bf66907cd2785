import { type Convention, type Tensor, tensor } from '@normlayers/core';
import { PARAMETER_NAMES } from '@normlayers/core/weights';
import { unzipSync, zipSync } from 'fflate';
import { dump, parse } from 'npyjs';
import { readSafetensors, writeSafetensors } from './safetensors';

/** The weights of one layer as they were found, under their own framework's names. */
export interface FoundLayer {
  /** What stands before the parameter names: `layer1.0.bn1`; empty where nothing does. */
  readonly name: string;
  readonly convention: Convention;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly epsilon?: number | undefined;
  readonly momentum?: number | null | undefined;
  readonly numBatchesTracked?: number | undefined;
}

const CONVENTIONS = Object.keys(PARAMETER_NAMES) as Convention[];
const COUNT = 'num_batches_tracked';

/** Reads a file by its name's ending. @throws Error that says what is wrong with it. */
export async function readWeightFile(file: File): Promise<FoundLayer[]> {
  if (file.name.endsWith('.safetensors')) return layersOf(readSafetensors(await file.arrayBuffer()));
  if (file.name.endsWith('.npz')) return layersOf(readNpz(new Uint8Array(await file.arrayBuffer())));
  if (file.name.endsWith('.json')) return readJson(await file.text());
  throw new Error('expected .safetensors, .npz or .json');
}

/**
 * Reads `{ "weight": [...], "bias": [...], ..., "epsilon": 1e-5, "momentum": 0.1 }`: names may have a layer's name before
 * them, with dots or slashes or as an object around them. epsilon and momentum hold for all layers.
 */
export function readJson(text: string): FoundLayer[] {
  const content: unknown = JSON.parse(text);
  if (!isRecord(content)) throw new Error('expected { ... }');
  const { epsilon, eps, momentum, ...rest } = content;
  const given = epsilon ?? eps;
  return layersOf(new Map(tensorsIn(rest, ''))).map((layer) => ({
    ...layer,
    ...(typeof given === 'number' ? { epsilon: given } : {}),
    ...(typeof momentum === 'number' || momentum === null ? { momentum } : {}),
  }));
}

function tensorsIn(content: Record<string, unknown>, before: string): [string, Tensor][] {
  return Object.entries(content).flatMap(([name, values]) => {
    if (isRecord(values)) return tensorsIn(values, `${before}${name}/`);
    const isCount = name === COUNT || name.endsWith(`.${COUNT}`);
    const numbers = Array.isArray(values) ? values.flat(Infinity) : isCount ? [values] : null;
    if (!numbers?.every((value) => typeof value === 'number'))
      throw new Error(`${name} is not an array of numbers`);
    return [[`${before}${name}`, tensor(numbers as number[])]];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readNpz(bytes: Uint8Array): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, content] of Object.entries(unzipSync(bytes))) {
    if (!name.endsWith('.npy')) continue;
    // npyjs gives float16 as float32.
    const { data, shape } = parse(content.slice().buffer as ArrayBuffer);
    const numbers = data as unknown as ArrayLike<number | bigint>;
    const isFloat = data instanceof Float32Array || data instanceof Float64Array;
    tensors.set(
      name.slice(0, -'.npy'.length),
      tensor(isFloat ? data : Float64Array.from(numbers, Number), shape),
    );
  }
  return tensors;
}

/** Sorts tensors into layers by what stands before the last dot or slash, and tells each layer's framework by the names. */
export function layersOf(tensors: ReadonlyMap<string, Tensor>): FoundLayer[] {
  const layers = new Map<string, Record<string, Tensor>>();
  for (const [path, values] of tensors) {
    // Flax keeps parameters and statistics in two collections.
    const [, prefix = '', own] =
      path.replace(/^(params|batch_stats)[./]/, '').match(/^(?:(.*)[./])?([^./]+)$/) ?? [];
    layers.set(prefix, { ...layers.get(prefix), [own]: values });
  }
  const found = [...layers].flatMap(([name, content]) => {
    const { [COUNT]: count, ...own } = content;
    const convention = conventionOf(Object.keys(own));
    if (convention === undefined) return [];
    return [
      { name, convention, tensors: own, ...(count ? { numBatchesTracked: Number(count.data[0]) } : {}) },
    ];
  });
  if (found.length === 0) {
    const known = CONVENTIONS.map((convention) => Object.values(PARAMETER_NAMES[convention]).join(', ')).join(
      '; ',
    );
    throw new Error(`no layer with a mean and a variance found; the names are ${known}`);
  }
  return found;
}

/** The framework whose names these all are, statistics among them. */
function conventionOf(names: readonly string[]): Convention | undefined {
  return CONVENTIONS.find((convention) => {
    const { mean, variance } = PARAMETER_NAMES[convention];
    const own = Object.values(PARAMETER_NAMES[convention]);
    return names.includes(mean) && names.includes(variance) && names.every((name) => own.includes(name));
  });
}

/** Tensors as a file to download. */
export function writeWeightFile(
  kind: 'safetensors' | 'npz',
  tensors: Readonly<Record<string, Tensor>>,
): Uint8Array<ArrayBuffer> {
  if (kind === 'safetensors') return writeSafetensors(new Map(Object.entries(tensors)));
  const files = Object.entries(tensors).map(([name, { data, shape, dtype }]) => {
    const options = dtype === 'float16' ? ({ dtype: 'f2' } as const) : undefined;
    return [`${name}.npy`, new Uint8Array(dump(data, [...shape], options))] as const;
  });
  return zipSync(Object.fromEntries(files)) as Uint8Array<ArrayBuffer>;
}
