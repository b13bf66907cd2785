import { create } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { fromFloat16Bits, toFloat16Bits } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import { type Constant, piecesOf, wholeOf } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { numberOfType, typeOfNumber, type WritableType } from './data-types';
import { EXTERNAL, type StoredTensor, type TensorProto, TensorProtoSchema } from './messages';
import { joined } from './records';

/**
 * Where a model's external data is: by file name, or read as asked for. A file that is not there gives undefined: what needs
 * its numbers is then left as it is.
 */
export type ExternalFiles =
  | Readonly<Record<string, Uint8Array>>
  | ((location: string, offset: number, length: number | undefined) => Uint8Array | undefined);

const WIDTH: Partial<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** How many numbers are widened or rounded at a time: both forms of them fit a core's cache. */
const PIECE = 1 << 14;

/** A tensor of the file as a constant. */
export function constantOfTensor(tensor: TensorProto, files: ExternalFiles): Constant {
  const type = typeOfNumber(tensor.dataType);
  const shape = tensor.dims.map(Number);
  const size = sizeOf(shape);
  const width = WIDTH[type];
  const pieces = (): Iterable<Float64Array> | null => {
    const bytes = bytesOfTensor(tensor, type, files);
    if (bytes === null || bytes.length === 0) return listed(tensor, type, size);
    return width !== undefined && bytes.length === size * width ? widened(bytes, type, width) : null;
  };
  return { type, shape, pieces, read: () => wholeOf(pieces(), size) };
}

/** Numbers that stand in the lists of small integers, as float16 does by its bits. */
function listed(tensor: TensorProto, type: ElementType, size: number): [Float64Array] | null {
  const list: ArrayLike<number | bigint> =
    type === 'int64'
      ? tensor.int64Data
      : type === 'uint64' || type === 'uint32'
        ? tensor.uint64Data
        : tensor.int32Data;
  if (list.length !== size) return null;
  const numbers = Float64Array.from(list as ArrayLike<number>, Number);
  if (type === 'float16') return [numbers.map(fromFloat16Bits)];
  return [type === 'bfloat16' ? numbers.map(fromBfloat16Bits) : numbers];
}

function bytesOfTensor(tensor: TensorProto, type: ElementType, files: ExternalFiles): Uint8Array | null {
  if (tensor.dataLocation !== EXTERNAL) {
    const field = Object.hasOwn(LISTS, type) ? LISTS[type] : undefined;
    return tensor.rawData.length > 0 || field === undefined ? tensor.rawData : listBytes(tensor, field);
  }
  const entry = (name: string) => tensor.externalData.find(({ key }) => key === name)?.value;
  const location = entry('location');
  if (location === undefined) return null;
  const offset = Number(entry('offset') ?? 0);
  const length = entry('length') === undefined ? undefined : Number(entry('length'));
  if (typeof files === 'function') return files(location, offset, length) ?? null;
  const file = Object.hasOwn(files, location) ? files[location] : undefined;
  return file?.subarray(offset, length === undefined ? undefined : offset + length) ?? null;
}

/** onnx.proto's float_data and double_data. */
const LISTS: Partial<Record<ElementType, number>> = { float32: 4, float64: 10 };

/**
 * A list of floats, which the reader has left as it stands: packed, these are the bytes of raw_data behind their length.
 *
 * Source: protobuf's wire format, "Packed Repeated Fields".
 */
function listBytes({ $unknown = [] }: TensorProto, field: number): Uint8Array {
  const parts = $unknown.flatMap(({ no, wireType, data }) => {
    if (no !== field) return [];
    return [wireType === WireType.LengthDelimited ? new BinaryReader(data).bytes() : data];
  });
  return parts.length === 1 ? parts[0]! : joined(parts);
}

/** Bytes of a file as numbers. */
function* widened(bytes: Uint8Array, type: ElementType, width: number): Generator<Float64Array> {
  const count = bytes.length / width;
  const numbers = new Float64Array(Math.min(count, PIECE));
  // Of float32 the engine's own conversion: weights are millions. Every engine's arrays are little-endian, as ONNX's are.
  const singles = new Float32Array(type === 'float32' ? numbers.length : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[type]!;
  for (let start = 0; start < count; start += PIECE) {
    const piece = numbers.subarray(0, Math.min(PIECE, count - start));
    if (type === 'float32') {
      // A copy, since a file's numbers begin where they begin.
      new Uint8Array(singles.buffer).set(bytes.subarray(start * 4, (start + piece.length) * 4));
      piece.set(singles.subarray(0, piece.length));
    } else {
      for (let i = 0; i < piece.length; i++) piece[i] = read(view, (start + i) * width);
    }
    yield piece;
  }
}

const READERS: Partial<Record<ElementType, (view: DataView, offset: number) => number>> = {
  float32: (view, offset) => view.getFloat32(offset, true),
  float16: (view, offset) => fromFloat16Bits(view.getUint16(offset, true)),
  float64: (view, offset) => view.getFloat64(offset, true),
  bfloat16: (view, offset) => fromBfloat16Bits(view.getUint16(offset, true)),
  int64: (view, offset) => Number(view.getBigInt64(offset, true)),
  int32: (view, offset) => view.getInt32(offset, true),
  int16: (view, offset) => view.getInt16(offset, true),
  int8: (view, offset) => view.getInt8(offset),
  uint64: (view, offset) => Number(view.getBigUint64(offset, true)),
  uint32: (view, offset) => view.getUint32(offset, true),
  uint16: (view, offset) => view.getUint16(offset, true),
  uint8: (view, offset) => view.getUint8(offset),
  bool: (view, offset) => view.getUint8(offset),
};

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16Bits(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** Numbers as a tensor of the file, rounded once to its type. */
export function tensorOf(
  name: string,
  type: WritableType,
  shape: readonly number[],
  numbers: Float64Array,
): StoredTensor {
  const rawData = new Uint8Array(numbers.length * WIDTH[type]!);
  writeNumbers([numbers], type, rawData);
  return create(TensorProtoSchema, { name, dataType: numberOfType(type), dims: shape.map(BigInt), rawData });
}

/** How many bytes the numbers of a tensor take. */
export function lengthOf(type: WritableType, shape: readonly number[]): number {
  return sizeOf(shape) * WIDTH[type]!;
}

/** Writes numbers as a file has them, rounded once to its type. */
export function writeNumbers(pieces: Iterable<Float64Array>, type: WritableType, into: Uint8Array): void {
  const width = WIDTH[type]!;
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  let singles = new Float32Array(0);
  let offset = 0;
  for (const piece of pieces) {
    if (type === 'float32') {
      if (singles.length < piece.length) singles = new Float32Array(piece.length);
      singles.set(piece);
      into.set(new Uint8Array(singles.buffer, 0, piece.length * 4), offset);
    } else {
      for (const [i, number] of piece.entries()) {
        const at = offset + i * width;
        if (type === 'float64') view.setFloat64(at, number, true);
        else if (type === 'float16') view.setUint16(at, toFloat16Bits(number), true);
        else view.setBigInt64(at, BigInt(number), true);
      }
    }
    offset += piece.length * width;
  }
}

/** A constant as it will be read once it is written. */
export function asWritten(constant: Constant, type: WritableType): Constant {
  const { shape } = constant;
  const width = WIDTH[type]!;
  const pieces = (): Iterable<Float64Array> | null => {
    const all = piecesOf(constant);
    return all && roundedPieces(all, type, width);
  };
  return { type, shape, pieces, read: () => wholeOf(pieces(), sizeOf(shape)) };
}

function* roundedPieces(
  pieces: Iterable<Float64Array>,
  type: WritableType,
  width: number,
): Generator<Float64Array> {
  for (const piece of pieces) {
    const bytes = new Uint8Array(piece.length * width);
    writeNumbers([piece], type, bytes);
    yield* widened(bytes, type, width);
  }
}
