import { type Tensor, tensor } from '@normlayers/core';
import { fromSafetensors, toSafetensors } from '@normlayers/core/safetensors';
import { type FoundLayer, layersOf } from '@normlayers/core/weights';
import { unzipSync, zipSync } from 'fflate';
import { dump, parse } from 'npyjs';

/** A layer as a file has it: JSON may give its attributes too. */
export interface FileLayer extends FoundLayer {
  readonly epsilon?: number;
  readonly momentum?: number | null;
}

/** Reads a file by its name's ending. @throws Error that says what is wrong with it. */
export async function readWeightFile(file: File): Promise<FileLayer[]> {
  if (file.name.endsWith('.safetensors')) {
    const tensors = fromSafetensors(new Uint8Array(await file.arrayBuffer()));
    return layersOf(new Map(Object.entries(tensors)));
  }
  if (file.name.endsWith('.npz')) return layersOf(readNpz(new Uint8Array(await file.arrayBuffer())));
  if (file.name.endsWith('.json')) return readJson(await file.text());
  throw new Error('expected .safetensors, .npz or .json');
}

/**
 * Reads `{ "weight": [...], "bias": [...], ..., "epsilon": 1e-5, "momentum": 0.1 }`: names may have a layer's name before
 * them, with dots or slashes or as an object around them. epsilon and momentum hold for all layers.
 */
export function readJson(text: string): FileLayer[] {
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
    const isCount = name.endsWith('num_batches_tracked');
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

/** Tensors as a file to download. */
export function writeWeightFile(
  kind: 'safetensors' | 'npz',
  tensors: Readonly<Record<string, Tensor>>,
): Uint8Array<ArrayBuffer> {
  if (kind === 'safetensors') return toSafetensors(tensors);
  const files = Object.entries(tensors).map(([name, { data, shape, dtype }]) => {
    const options = dtype === 'float16' ? ({ dtype: 'f2' } as const) : undefined;
    return [`${name}.npy`, new Uint8Array(dump(data, [...shape], options))] as const;
  });
  return zipSync(Object.fromEntries(files)) as Uint8Array<ArrayBuffer>;
}
