/**
 * Tensors as the bytes of safetensors files, and back.
 *
 * @module
 */
import { NormError } from './errors';
import { fromBfloat16 } from './tensor/cast';
import { type DType, sizeOf, type Tensor, tensor } from './tensor/tensor';

/** What a header says of a tensor (github.com/huggingface/safetensors, "Format"). */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the end of the header. */
  readonly data_offsets: readonly [number, number];
}

const TYPES: Readonly<Record<DType, string>> = { float64: 'F64', float32: 'F32', float16: 'F16' };
/** The header's length, an unsigned 64-bit number. */
const PREFIX = 8;

/**
 * Tensors by name as the bytes of a safetensors file: little-endian, the header padded so that all data is aligned.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { fromSafetensors, toSafetensors } from '@normlayers/core/safetensors';
 *
 * const bytes = toSafetensors({ 'bn1.weight': tensor([1, 2]) });
 * assert.deepEqual(fromSafetensors(bytes)['bn1.weight'], tensor([1, 2]));
 * ```
 */
export function toSafetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, Entry] => {
    const begin = Math.ceil(end / 8) * 8;
    end = begin + data.byteLength;
    return [name, { dtype: TYPES[dtype], shape, data_offsets: [begin, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const start = PREFIX + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  bytes.fill(0x20, PREFIX, start);
  bytes.set(json, PREFIX);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - PREFIX), true);
  for (const [name, { data_offsets }] of entries) {
    const { buffer, byteOffset, byteLength } = tensors[name].data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), start + data_offsets[0]);
  }
  return bytes;
}

/**
 * The tensors of a safetensors file. bfloat16 becomes float32 and whole numbers, such as a count of batches, float64; tensors
 * of other types (8-bit floats, booleans) are left out.
 *
 * @throws NormError `file` for what is no safetensors file, or a damaged one.
 */
export function fromSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  const { start, header } = headerOf(bytes);
  const tensors = Object.entries(header).flatMap(([name, entry]): [string, Tensor][] => {
    if (name === '__metadata__') return [];
    const found = tensorOf(name, entry, bytes.subarray(start));
    return found === null ? [] : [[name, found]];
  });
  return Object.fromEntries(tensors);
}

/** Types by what reads their bytes; all bytes are copied first, so that they are aligned. */
const READERS: Readonly<Record<string, (bytes: ArrayBuffer, shape: readonly number[]) => Tensor>> = {
  F64: (bytes, shape) => tensor(new Float64Array(bytes), shape),
  F32: (bytes, shape) => tensor(new Float32Array(bytes), shape),
  F16: (bytes, shape) => tensor(new Uint16Array(bytes), shape),
  BF16: (bytes, shape) => fromBfloat16(new Uint16Array(bytes), shape),
  I64: (bytes, shape) => tensor(Float64Array.from(new BigInt64Array(bytes), Number), shape),
  I32: (bytes, shape) => tensor(Float64Array.from(new Int32Array(bytes)), shape),
};

const BYTES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 };

function tensorOf(name: string, { dtype, shape, data_offsets }: Entry, data: Uint8Array): Tensor | null {
  const read = READERS[dtype];
  if (read === undefined) return null;
  const [begin, end] = data_offsets;
  if (end - begin !== sizeOf(shape) * BYTES[dtype] || begin < 0 || end > data.length) {
    throw new NormError(
      'file',
      `tensor '${name}' of this safetensors file takes bytes ${begin} to ${end} of ${data.length}, which do not fit its shape [${shape}].`,
    );
  }
  // Not slice(): that of Node's Buffer copies nothing.
  return read(new Uint8Array(data.subarray(begin, end)).buffer, shape);
}

function headerOf(bytes: Uint8Array): { start: number; header: Record<string, Entry> } {
  try {
    const length = Number(
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true),
    );
    const start = PREFIX + length;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, start));
    const header: unknown = JSON.parse(text);
    if (typeof header === 'object' && header !== null && Object.entries(header).every(isEntry)) {
      return { start, header: header as Record<string, Entry> };
    }
    throw new TypeError('its header lists no tensors');
  } catch (cause) {
    throw new NormError(
      'file',
      `these bytes are no safetensors file, or it is cut off (${(cause as Error).message}).`,
      {
        cause,
      },
    );
  }
}

function isEntry([name, value]: [string, Partial<Entry> | null]): boolean {
  if (name === '__metadata__') return true;
  return typeof value?.dtype === 'string' && Array.isArray(value.shape) && value.data_offsets?.length === 2;
}
