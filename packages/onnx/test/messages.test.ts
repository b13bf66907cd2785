import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from 'onnx-buf';
import { expect, test } from 'vitest';
import { type Fields, MODEL } from '../src/model/messages';
import { OnnxGraph } from '../src/model/onnx-graph';

const SCALAR = { 1: 'double', 2: 'float', 3: 'int64', 5: 'int32', 9: 'string' } as Record<number, string>;

/** Every field of ours beside onnx-buf's of that name: number, type, packing. */
function differences(fields: Fields, schema: DescMessage, path: string): string[] {
  return Object.entries(fields).flatMap(([name, [number, holds, packed]]) => {
    const field = schema.fields.find(({ localName }) => localName === name);
    const at = `${path}.${name}`;
    if (field === undefined) return [`${at} is not in onnx.proto`];
    const found = field.number === number ? [] : [`${at} is ${field.number}, not ${number}`];
    if (typeof holds === 'object') {
      const { message } = field;
      return [...found, ...(message ? differences(holds, message, at) : [`${at} is no message`])];
    }
    const scalar =
      field.fieldKind === 'enum' || (field.fieldKind === 'list' && field.listKind === 'enum')
        ? 'int32'
        : SCALAR[field.scalar as number];
    if (scalar !== holds) found.push(`${at} holds ${scalar}, not ${holds}`);
    if (field.fieldKind === 'list' && field.packed !== (packed === true))
      found.push(`${at} is packed otherwise`);
    return found;
  });
}

test('every field that is written is onnx.proto’s', () => {
  expect(differences(MODEL, ModelProtoSchema, 'ModelProto')).toEqual([]);
});

test('what is written, onnx-buf reads', () => {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float32', ['rows', 768]);
  const mean = graph.node('ReduceMean', [x, graph.constant([-1], 'int64')], { attributes: { keepdims: 1 } });
  const centred = graph.node('Sub', [x, mean]);
  const scaled = graph.node('LayerNormalization', [centred, graph.constant(1.5, 'float32'), null], {
    attributes: { axis: -1, epsilon: { float: 1e-5 }, axes: [0, 1] },
  });
  graph.output('y', graph.cast(scaled, 'float64'));
  const model = fromBinary(ModelProtoSchema, graph.toBytes());

  expect([model.irVersion, model.opsetImport.map(({ version }) => version)]).toEqual([10n, [21n]]);
  const { node, initializer, input, output } = model.graph!;
  expect(node.map(({ opType }) => opType)).toEqual(['ReduceMean', 'Sub', 'LayerNormalization', 'Cast']);
  expect(node[2]!.input).toEqual(['value1', 'float32(1.5)', '']);
  const [axis, epsilon, axes] = node[2]!.attribute;
  expect([axis!.type, axis!.i]).toEqual([AttributeProto_AttributeType.INT, -1n]);
  expect([epsilon!.type, epsilon!.f]).toEqual([AttributeProto_AttributeType.FLOAT, Math.fround(1e-5)]);
  expect([axes!.type, axes!.ints]).toEqual([AttributeProto_AttributeType.INTS, [0n, 1n]]);
  expect(node[3]!.attribute[0]!.i).toBe(BigInt(TensorProto_DataType.DOUBLE));
  expect(
    initializer.map(({ name, dims, int64Data, floatData }) => [name, dims, int64Data, floatData]),
  ).toEqual([
    ['int64(-1)', [1n], [-1n], []],
    ['float32(1.5)', [], [], [1.5]],
  ]);
  const type = input[0]!.type!.value;
  if (type.case !== 'tensorType') throw new Error('x has no tensor type');
  expect(type.value.elemType).toBe(TensorProto_DataType.FLOAT);
  expect(type.value.shape!.dim.map(({ value }) => value)).toEqual([
    { case: 'dimParam', value: 'rows' },
    { case: 'dimValue', value: 768n },
  ]);
  expect(output.map(({ name }) => name)).toEqual(['y']);
});
