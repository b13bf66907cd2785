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

/** A record of a field that holds a message or text. */
export function lengthDelimited(field: number, body: readonly Uint8Array[]): Uint8Array[] {
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of(...varint((field << 3) | WireType.LengthDelimited), ...varint(length)), ...body];
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
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
