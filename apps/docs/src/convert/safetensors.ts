import { type DType, type Tensor, tensor } from '@normlayers/core';

// The format: https://huggingface.co/docs/safetensors, "Format". Eight bytes, little-endian, with the length of a JSON header;
// the header, by tensor { dtype, shape, data_offsets: [begin, end] }; the data, little-endian, offsets from the header's end.

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const NAMES: Readonly<Record<DType, string>> = { float64: 'F64', float32: 'F32', float16: 'F16' };

/** Reads the floating-point tensors of a safetensors file; whole numbers (a step count) become float64. */
export function readSafetensors(buffer: ArrayBuffer): Map<string, Tensor> {
  const view = new DataView(buffer);
  const length = buffer.byteLength < 8 ? Number.NaN : Number(view.getBigUint64(0, true));
  if (!(length <= buffer.byteLength - 8)) throw new Error('the file is no safetensors file, or is cut off');
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as Record<
    string,
    Entry
  >;
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const data = numbersOf(dtype, buffer.slice(8 + length + offsets[0], 8 + length + offsets[1]));
    if (data !== null) tensors.set(name, tensor(data, shape));
  }
  return tensors;
}

function numbersOf(dtype: string, bytes: ArrayBuffer): Float64Array | Float32Array | Uint16Array | null {
  switch (dtype) {
    case 'F64':
      return new Float64Array(bytes);
    case 'F32':
      return new Float32Array(bytes);
    case 'F16':
      return new Uint16Array(bytes);
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer);
    case 'I64':
      return Float64Array.from(new BigInt64Array(bytes), Number);
    default:
      return null;
  }
}

/** Writes tensors as a safetensors file. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header: Record<string, Entry> = {};
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype: NAMES[dtype], shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Padded with spaces, so that the data is aligned.
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + head.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
