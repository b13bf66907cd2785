import { create } from '@bufbuild/protobuf';
import { fromFloat16Bits, toFloat16Bits } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import type { Constant } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { numberOfType, typeOfNumber, type WritableType } from './data-types';
import { EXTERNAL, type TensorProto, TensorProtoSchema } from './messages';

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

/** A tensor of the file as a constant. */
export function constantOfTensor(tensor: TensorProto, files: ExternalFiles): Constant {
  const type = typeOfNumber(tensor.dataType);
  const shape = tensor.dims.map(Number);
  return { type, shape, read: () => numbersOfTensor(tensor, type, shape, files) };
}

function numbersOfTensor(
  tensor: TensorProto,
  type: ElementType,
  shape: readonly number[],
  files: ExternalFiles,
): Float64Array | null {
  const size = sizeOf(shape);
  const bytes = bytesOfTensor(tensor, files);
  if (bytes !== null && bytes.length > 0) return readBytes(bytes, type, size);
  const listed: ArrayLike<number | bigint> =
    type === 'float32'
      ? tensor.floatData
      : type === 'float64'
        ? tensor.doubleData
        : type === 'int64'
          ? tensor.int64Data
          : type === 'uint64' || type === 'uint32'
            ? tensor.uint64Data
            : tensor.int32Data;
  if (listed.length !== size) return null;
  const numbers = Float64Array.from(listed as ArrayLike<number>, Number);
  if (type === 'float16') return numbers.map(fromFloat16Bits);
  return type === 'bfloat16' ? numbers.map(fromBfloat16Bits) : numbers;
}

function bytesOfTensor(tensor: TensorProto, files: ExternalFiles): Uint8Array | null {
  if (tensor.dataLocation !== EXTERNAL) return tensor.rawData;
  const entry = (name: string) => tensor.externalData.find(({ key }) => key === name)?.value;
  const location = entry('location');
  if (location === undefined) return null;
  const offset = Number(entry('offset') ?? 0);
  const length = entry('length') === undefined ? undefined : Number(entry('length'));
  if (typeof files === 'function') return files(location, offset, length) ?? null;
  const file = Object.hasOwn(files, location) ? files[location] : undefined;
  return file?.subarray(offset, length === undefined ? undefined : offset + length) ?? null;
}

function readBytes(bytes: Uint8Array, type: ElementType, size: number): Float64Array | null {
  const width = WIDTH[type];
  if (width === undefined || bytes.length !== size * width) return null;
  // Of float32 the engine's own conversion: weights are millions. Every engine's arrays are little-endian, as ONNX's are.
  if (type === 'float32') return new Float64Array(new Float32Array(new Uint8Array(bytes).buffer));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(size);
  const read = READERS[type]!;
  for (let i = 0; i < size; i++) numbers[i] = read(view, i * width);
  return numbers;
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
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: numberOfType(type),
    dims: shape.map(BigInt),
    rawData: bytesOf(type, numbers),
  });
}

function bytesOf(type: WritableType, numbers: Float64Array): Uint8Array<ArrayBuffer> {
  if (type === 'float32') return new Uint8Array(new Float32Array(numbers).buffer);
  const width = WIDTH[type]!;
  const bytes = new Uint8Array(numbers.length * width);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, i) => {
    if (type === 'float64') view.setFloat64(i * width, number, true);
    else if (type === 'float16') view.setUint16(i * width, toFloat16Bits(number), true);
    else view.setBigInt64(i * width, BigInt(number), true);
  });
  return bytes;
}
