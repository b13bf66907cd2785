import type { DescField, DescMessage } from '@bufbuild/protobuf';
import * as onnx from 'onnx-buf';
import { expect, test } from 'vitest';
import * as own from '../src/formats/onnx/messages';

/** All that protobuf's reader and writer go by. Enumerations are numbers in the table. */
function facts({
  name,
  localName,
  number,
  fieldKind,
  listKind,
  scalar,
  packed,
  presence,
  oneof,
  message,
}: DescField & Record<string, unknown>) {
  const isEnum = fieldKind === 'enum' || listKind === 'enum';
  return {
    name,
    localName,
    number,
    fieldKind: fieldKind === 'enum' ? 'scalar' : fieldKind,
    listKind,
    scalar: isEnum ? 5 : scalar,
    packed: packed === true,
    presence,
    oneof: (oneof as { name: string } | undefined)?.name,
    message: (message as DescMessage | undefined)?.typeName,
  };
}

test('the messages are those of the code that is generated from onnx.proto', () => {
  const seen = new Set<DescMessage>();
  const compare = (mine: DescMessage, theirs: DescMessage) => {
    if (seen.has(mine)) return;
    seen.add(mine);
    expect(mine.typeName).toBe(theirs.typeName);
    for (const field of mine.fields) {
      const other = theirs.field[field.localName];
      expect(facts(field as never), `${mine.typeName}.${field.name}`).toEqual(facts(other as never));
      if (field.message !== undefined) compare(field.message, other!.message!);
    }
  };
  compare(own.ModelProtoSchema, onnx.ModelProtoSchema);
  compare(own.FunctionProtoSchema, onnx.FunctionProtoSchema);
  expect(seen.size).toBe(16);
  const { AttributeProto_AttributeType: types, TensorProto_DataLocation: locations } = onnx;
  expect(types).toMatchObject(own.AttributeType);
  expect(locations.EXTERNAL).toBe(own.EXTERNAL);
});
