import type { DType, Tensor, TensorData } from '@normlayers/core';
import { allocate, sizeOf } from '@normlayers/core/adapter';

/** What a safetensors header says of a tensor (github.com/huggingface/safetensors, "Format"). */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const TYPES: Readonly<Record<DType, string>> = { float64: 'F64', float32: 'F32', float16: 'F16' };
/** The header's length, an unsigned 64-bit number. */
const PREFIX = 8;

/** Tensors by name as the bytes of a safetensors file: little-endian, the header padded so that all data is aligned. */
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
 * The tensors of a safetensors file.
 *
 * @throws TypeError for what is none, and for a tensor that is no float of ours.
 */
export function fromSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  const { start, header } = headerOf(bytes);
  const tensors: Record<string, Tensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [ours] = Object.entries(TYPES).find(([, theirs]) => theirs === dtype) ?? [];
    if (ours === undefined) throw new TypeError(`tensor '${name}' is ${dtype}; expected F64, F32 or F16`);
    const data = allocate(ours as DType, sizeOf(shape));
    const [begin, end] = data_offsets;
    if (end - begin !== data.byteLength || start + end > bytes.length) {
      throw new TypeError(`tensor '${name}': its bytes do not fit its shape [${shape}]`);
    }
    bytesOf(data).set(bytes.subarray(start + begin, start + end));
    tensors[name] = { dtype: ours as DType, shape, data };
  }
  return tensors;
}

function headerOf(bytes: Uint8Array): { start: number; header: Record<string, Entry> } {
  try {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const start = PREFIX + length;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, start));
    const header: unknown = JSON.parse(text);
    if (typeof header !== 'object' || header === null || Array.isArray(header)) {
      throw new TypeError('its header is no JSON object');
    }
    return { start, header: header as Record<string, Entry> };
  } catch (error) {
    throw new TypeError(`not a safetensors file: ${(error as Error).message}`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
