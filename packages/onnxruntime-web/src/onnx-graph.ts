import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { DType } from '@normlayers/core';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/** A value inside a graph: its name and its element type. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

export type ElementType = DType | 'int64' | 'bool';

/** An operator's attribute: a list of integers, an integer, a float or a tensor of one element. */
export type Attribute =
  | readonly number[]
  | number
  | { readonly float: number }
  | { readonly tensor: TensorProto };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The outputs' types; default: one output, of the first input's type. */
  readonly types?: readonly ElementType[];
}

const DATA_TYPE: Record<ElementType, TensorProto_DataType> = {
  float64: TensorProto_DataType.DOUBLE,
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};

/**
 * An ONNX graph under construction. Dimensions are symbolic throughout, so that one session serves all sizes.
 *
 * Source: onnx.proto, ModelProto and GraphProto.
 */
export class OnnxGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  readonly #opset: number;
  #values = 0;

  /** @param opset the version of ONNX's operators; 21 is known to ONNX Runtime 1.20 and later. */
  constructor(opset = 21) {
    this.#opset = opset;
  }

  /** An input; `dimensions` names each axis, or gives its fixed size. */
  input(name: string, type: ElementType, dimensions: readonly (string | number)[]): Value {
    this.#inputs.push(description(name, type, dimensions));
    return { name, type };
  }

  output(name: string, value: Value): void {
    this.#nodes.push(create(NodeProtoSchema, { opType: 'Identity', input: [value.name], output: [name] }));
    this.#outputs.push(description(name, value.type));
  }

  /** A constant: a scalar, or a list of integers. */
  constant(value: number | readonly number[], type: ElementType): Value {
    const name = `${type}(${value})`;
    if (!this.#constants.has(name)) this.#constants.set(name, constantTensor(name, value, type));
    return { name, type };
  }

  /** A node with one output. */
  node(operator: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.nodeOf(operator, inputs, options)[0];
  }

  /** A node with any number of outputs; null stands for an optional input that is left out. */
  nodeOf(operator: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value[] {
    const { attributes = {}, types = [inputs[0]!.type] } = options;
    const outputs = types.map((type) => ({ name: `value${this.#values++}`, type }));
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType: operator,
        input: inputs.map((value) => value?.name ?? ''),
        output: outputs.map(({ name }) => name),
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    );
    return outputs;
  }

  /** The value in another type; itself where it has that type already. */
  cast(value: Value, type: DType): Value {
    if (value.type === type) return value;
    return this.node('Cast', [value], { attributes: { to: DATA_TYPE[type] }, types: [type] });
  }

  /** The model's bytes, for `ort.InferenceSession.create`. */
  toBytes(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: 10n,
      producerName: 'normlayers',
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(this.#opset) })],
      graph: create(GraphProtoSchema, {
        name: 'norm',
        node: this.#nodes,
        input: this.#inputs,
        output: this.#outputs,
        initializer: [...this.#constants.values()],
      }),
    });
    return toBinary(ModelProtoSchema, model);
  }
}

/** A tensor of one element, as ConstantOfShape takes it. */
export function fillValue(value: number, type: DType): { readonly tensor: TensorProto } {
  return { tensor: constantTensor('', [value], type) };
}

function constantTensor(name: string, value: number | readonly number[], type: ElementType): TensorProto {
  const values = typeof value === 'number' ? [value] : value;
  const init: MessageInitShape<typeof TensorProtoSchema> = {
    name,
    dataType: DATA_TYPE[type],
    dims: typeof value === 'number' ? [] : [BigInt(value.length)],
  };
  switch (type) {
    case 'float64':
      return create(TensorProtoSchema, { ...init, doubleData: [...values] });
    case 'float32':
      return create(TensorProtoSchema, { ...init, floatData: [...values] });
    case 'int64':
      return create(TensorProtoSchema, { ...init, int64Data: values.map(BigInt) });
    default:
      throw new TypeError(`no constants of type ${type}`);
  }
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  if ('tensor' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.TENSOR, t: value.tensor });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: value.map(BigInt),
  });
}

/** Name, type and, where known, dimensions of an input or output. */
function description(
  name: string,
  type: ElementType,
  dimensions?: readonly (string | number)[],
): ValueInfoProto {
  const dim = dimensions?.map((dimension) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof dimension === 'string'
          ? { case: 'dimParam', value: dimension }
          : { case: 'dimValue', value: BigInt(dimension) },
    }),
  );
  const shape = dim && { shape: create(TensorShapeProtoSchema, { dim }) };
  const value = create(TypeProto_TensorSchema, { elemType: DATA_TYPE[type], ...shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }),
  });
}
