import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** One field of a message as it stands in the file. */
export interface Record {
  readonly field: number;
  readonly wireType: WireType;
  /** The bytes with their tag, and those without tag and length. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * The fields of a message in the order of the file, none decoded. What a rewrite does not touch is copied from here, byte
 * for byte: unknown fields, packed or not, in whatever order their writer chose.
 *
 * Source: protobuf's wire format, "Message Structure".
 */
export function recordsOf(bytes: Uint8Array): Record[] {
  const reader = new BinaryReader(bytes);
  const records: Record[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const body = wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType, field);
    records.push({ field, wireType, whole: bytes.subarray(start, reader.pos), body });
  }
  return records;
}

/** What is written: bytes, or what writes itself into as many as it takes. */
export type Part = Uint8Array | { readonly length: number; readonly write: (into: Uint8Array) => void };

/** A record of a field that holds a message or text. */
export function lengthDelimited(field: number, body: readonly Part[]): Part[] {
  return [
    Uint8Array.of(...varint((field << 3) | WireType.LengthDelimited), ...varint(lengthOf(body))),
    ...body,
  ];
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** The parts in one array. */
export function joined(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(parts));
  let offset = 0;
  for (const part of parts) {
    if (part instanceof Uint8Array) bytes.set(part, offset);
    else part.write(bytes.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return bytes;
}
