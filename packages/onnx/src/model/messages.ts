import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A field's number in onnx.proto, and what it holds: numbers, text or another message. Packed: one record of many. */
type Field =
  | readonly [number: number, holds: 'int64' | 'int32' | 'float' | 'double' | 'string']
  | readonly [number: number, holds: 'int64' | 'float' | 'double', packed: true]
  | readonly [number: number, holds: Fields];

export interface Fields {
  readonly [name: string]: Field;
}

/** A message: fields by name, a list where there are several. Its numbers may be beyond int32. */
export interface Message {
  readonly [name: string]: Content | readonly Content[] | undefined;
}

type Content = number | string | Message;

const DIMENSION: Fields = { dimValue: [1, 'int64'], dimParam: [2, 'string'] };
const TYPE: Fields = { tensorType: [1, { elemType: [1, 'int32'], shape: [2, { dim: [1, DIMENSION] }] }] };
const VALUE_INFO: Fields = { name: [1, 'string'], type: [2, TYPE] };
const TENSOR: Fields = {
  dims: [1, 'int64'],
  dataType: [2, 'int32'],
  floatData: [4, 'float', true],
  int64Data: [7, 'int64', true],
  name: [8, 'string'],
  doubleData: [10, 'double', true],
};
const ATTRIBUTE: Fields = {
  name: [1, 'string'],
  f: [2, 'float'],
  i: [3, 'int64'],
  t: [5, TENSOR],
  ints: [8, 'int64'],
  type: [20, 'int32'],
};
const NODE: Fields = {
  input: [1, 'string'],
  output: [2, 'string'],
  opType: [4, 'string'],
  attribute: [5, ATTRIBUTE],
};
const GRAPH: Fields = {
  node: [1, NODE],
  name: [2, 'string'],
  initializer: [5, TENSOR],
  input: [11, VALUE_INFO],
  output: [12, VALUE_INFO],
};

/**
 * What of onnx.proto's ModelProto is written here. The whole of it, as the package onnx-buf has it, weighs 20 kB in a
 * page; the tests hold this against that, field by field, and read with it what is written.
 *
 * Source: onnx.proto, IR version 10.
 */
export const MODEL: Fields = {
  irVersion: [1, 'int64'],
  producerName: [2, 'string'],
  graph: [7, GRAPH],
  opsetImport: [8, { domain: [1, 'string'], version: [2, 'int64'] }],
};

const WIRE_TYPE = {
  int64: WireType.Varint,
  int32: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
} as const;

/** A message's bytes in protobuf's binary encoding. */
export function encode(fields: Fields, message: Message): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, fields, message);
  return writer.finish();
}

function write(writer: BinaryWriter, fields: Fields, message: Message): void {
  for (const [name, [number, holds, packed]] of Object.entries(fields)) {
    const value = message[name];
    const contents = Array.isArray(value) ? (value as readonly Content[]) : [value as Content];
    if (value === undefined || contents.length === 0) continue;
    if (packed === true) writer.tag(number, WireType.LengthDelimited).fork();
    for (const content of contents) {
      if (typeof holds === 'object') {
        writer.tag(number, WireType.LengthDelimited).fork();
        write(writer, holds, content as Message);
        writer.join();
      } else {
        if (packed !== true) writer.tag(number, WIRE_TYPE[holds]);
        writer[holds](content as never);
      }
    }
    if (packed === true) writer.join();
  }
}
