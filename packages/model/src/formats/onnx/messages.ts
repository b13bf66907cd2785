import type { DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type * as onnx from 'onnx-buf';

export type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TypeProto,
  ValueInfoProto,
} from 'onnx-buf';
/** A tensor, as messages hold it. */
export type StoredTensor = onnx.TensorProto;

/** A tensor, as what the reader leaves undecoded allows it to be read. */
export type TensorProto = Omit<onnx.TensorProto, 'floatData' | 'doubleData'>;

/**
 * The messages of onnx.proto that are read and written here, as `number name type`: `*` is repeated, `+` repeated and packed,
 * `|` one of the message's `value`s; enumerations are numbers. Fields that are not here are kept as unknown ones, byte for byte.
 *
 * Of a tensor that holds float_data or double_data they are kept as unknown too: packed, these are the bytes of raw_data, and
 * decoded, each number is an element of a JavaScript array (104 MB of weights: 1.5 GB).
 *
 * A table, since the code that is generated of onnx.proto brings protobuf's descriptors of itself along, to read its own
 * with: 8 of 49 kB. A test compares it with that code, field for field. Source: onnx.proto of ONNX 1.20.
 */
const MESSAGES: Readonly<Record<string, string>> = {
  ModelProto:
    '1 ir_version int64, 8 opset_import *OperatorSetIdProto, 7 graph GraphProto, 25 functions *FunctionProto',
  OperatorSetIdProto: '1 domain string, 2 version int64',
  GraphProto:
    '1 node *NodeProto, 2 name string, 5 initializer *TensorProto, 15 sparse_initializer *SparseTensorProto, 11 input *ValueInfoProto, 12 output *ValueInfoProto, 13 value_info *ValueInfoProto',
  NodeProto:
    '1 input *string, 2 output *string, 3 name string, 4 op_type string, 7 domain string, 8 overload string, 5 attribute *AttributeProto, 6 doc_string string, 9 metadata_props *StringStringEntryProto',
  AttributeProto:
    '1 name string, 21 ref_attr_name string, 20 type int32, 2 f float, 3 i int64, 4 s bytes, 5 t TensorProto, 6 g GraphProto, 7 floats *float, 8 ints *int64, 9 strings *bytes, 11 graphs *GraphProto',
  TensorProto:
    '1 dims *int64, 2 data_type int32, 5 int32_data +int32, 7 int64_data +int64, 8 name string, 9 raw_data bytes, 13 external_data *StringStringEntryProto, 14 data_location int32, 11 uint64_data +uint64',
  StringStringEntryProto: '1 key string, 2 value string',
  SparseTensorProto: '1 values TensorProto',
  TypeProto:
    '1 tensor_type |TypeProto.Tensor, 4 sequence_type |TypeProto.Sequence, 9 optional_type |TypeProto.Optional',
  'TypeProto.Tensor': '1 elem_type int32, 2 shape TensorShapeProto',
  'TypeProto.Sequence': '1 elem_type TypeProto',
  'TypeProto.Optional': '1 elem_type TypeProto',
  TensorShapeProto: '1 dim *TensorShapeProto.Dimension',
  'TensorShapeProto.Dimension': '1 dim_value |int64, 2 dim_param |string',
  ValueInfoProto: '1 name string, 2 type TypeProto',
  FunctionProto:
    '1 name string, 4 input *string, 5 output *string, 11 attribute_proto *AttributeProto, 7 node *NodeProto, 9 opset_import *OperatorSetIdProto, 10 domain string, 13 overload string, 12 value_info *ValueInfoProto',
};

/** Protobuf's numbers of the scalar types: FieldDescriptorProto.Type. */
const SCALARS: Readonly<Record<string, number>> = {
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  string: 9,
  bytes: 12,
};

/** FeatureSet.FieldPresence, and Edition's EDITION_PROTO2. */
const [EXPLICIT, IMPLICIT, PROTO2] = [1, 2, 998];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Described = Mutable<Pick<DescMessage, 'typeName' | 'fields' | 'members' | 'oneofs' | 'field'>>;

const described = new Map<string, Described>();

/** A message as protobuf's reader and writer want it described. Messages hold one another: each is there before its fields. */
function describe(name: string): Described {
  const known = described.get(name);
  if (known !== undefined) return known;
  const file = { edition: PROTO2 };
  const message = { kind: 'message', typeName: `onnx.${name}`, name, file } as unknown as Described;
  described.set(name, message);
  const oneof = {
    kind: 'oneof',
    name: 'value',
    localName: 'value',
    parent: message,
    fields: [] as DescField[],
  };
  const fields = MESSAGES[name]!.split(', ').map((text) => {
    const [number, own, marked] = text.split(' ') as [string, string, string];
    const type = marked.replace(/^[*+|]/, '');
    const isList = /^[*+]/.test(marked);
    const scalar = SCALARS[type];
    const kind = scalar === undefined ? 'message' : 'scalar';
    const field = {
      kind: 'field',
      name: own,
      localName: own.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      number: Number(number),
      parent: message,
      oneof: marked.startsWith('|') ? oneof : undefined,
      presence: isList ? IMPLICIT : EXPLICIT,
      fieldKind: isList ? 'list' : kind,
      listKind: isList ? kind : undefined,
      scalar,
      message: scalar === undefined ? describe(type) : undefined,
      packed: marked.startsWith('+'),
      delimitedEncoding: false,
      longAsString: false,
      getDefaultValue: () => undefined,
    } as unknown as DescField;
    if (marked.startsWith('|')) oneof.fields.push(field);
    return field;
  });
  message.fields = fields;
  message.field = Object.fromEntries(fields.map((field) => [field.localName, field]));
  message.oneofs = oneof.fields.length > 0 ? [oneof as unknown as DescOneof] : [];
  message.members = [...fields.filter((field) => field.oneof === undefined), ...message.oneofs];
  return message;
}

function schema<M extends Message>(name: string): GenMessage<M> {
  return describe(name) as unknown as GenMessage<M>;
}

export const ModelProtoSchema = /* @__PURE__ */ schema<onnx.ModelProto>('ModelProto');
export const GraphProtoSchema = /* @__PURE__ */ schema<onnx.GraphProto>('GraphProto');
export const NodeProtoSchema = /* @__PURE__ */ schema<onnx.NodeProto>('NodeProto');
export const AttributeProtoSchema = /* @__PURE__ */ schema<onnx.AttributeProto>('AttributeProto');
export const TensorProtoSchema = /* @__PURE__ */ schema<onnx.TensorProto>('TensorProto');
export const ValueInfoProtoSchema = /* @__PURE__ */ schema<onnx.ValueInfoProto>('ValueInfoProto');
export const FunctionProtoSchema = /* @__PURE__ */ schema<onnx.FunctionProto>('FunctionProto');
export const OperatorSetIdProtoSchema = /* @__PURE__ */ schema<onnx.OperatorSetIdProto>('OperatorSetIdProto');

/** AttributeProto.AttributeType, as far as it is told apart here. */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
} as const;

/** TensorProto.DataLocation's EXTERNAL. */
export const EXTERNAL = 1;
