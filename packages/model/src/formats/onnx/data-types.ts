import type { ElementType } from '../../graph/element-type';

/** onnx.proto's TensorProto.DataType by number. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

const NUMBERS = Object.fromEntries(Object.entries(TYPES).map(([number, type]) => [type, Number(number)]));

export function typeOfNumber(number: number): ElementType {
  return TYPES[number] ?? 'other';
}

export function numberOfType(type: ElementType): number {
  return NUMBERS[type] ?? 0;
}

/** Types whose numbers this package writes. */
export type WritableType = 'float32' | 'float16' | 'float64' | 'int64';

export function isWritable(type: ElementType | null): type is WritableType {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'int64';
}

export function writableType(type: ElementType | null): WritableType {
  if (!isWritable(type)) throw new Error(`no ${type} is written`);
  return type;
}
