import type { ModelTensor, ModelTensors } from '@normlayers/model';

/** A tensor as JSON: its bytes in base64. */
export interface TensorText {
  readonly type: string;
  readonly dims: readonly number[];
  readonly base64: string;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** @throws Error where a tensor is of text, or of a type that has no array. */
export function textOfTensors(tensors: ModelTensors): Record<string, TensorText> {
  return mapped(tensors, ({ type, dims, data }) => {
    if (!ArrayBuffer.isView(data)) throw new Error(`tensors of type ${type} are not sent`);
    return { type, dims, base64: textOfBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) };
  });
}

export function tensorsOfText(texts: Readonly<Record<string, TensorText>>): Record<string, ModelTensor> {
  return mapped(texts, ({ type, dims, base64 }) => {
    const Data = ARRAYS[type as keyof typeof ARRAYS];
    if (Data === undefined) throw new Error(`tensors of type ${type} are not sent`);
    return { type, dims, data: new Data(bytesOfText(base64).buffer) };
  });
}

function mapped<A, B>(all: Readonly<Record<string, A>>, change: (one: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));
}

/** As many arguments as a call takes anywhere. */
const CHUNK = 0x8000;

export function textOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(text);
}

export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
