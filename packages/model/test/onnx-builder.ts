import { create, toBinary } from '@bufbuild/protobuf';
import { toFloat16Bits } from '@normlayers/core';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

export const TYPE = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type BuilderType = keyof typeof TYPE;
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { float: number } | TensorProto | GraphProto>
>;

/** Writes ONNX graphs with the generated protobuf code, apart from what is tested. */
export class OnnxBuilder {
  readonly graph = create(GraphProtoSchema, { name: 'graph' });
  #count = 0;

  input(name: string, type: BuilderType, shape: readonly (number | string)[] | null): string {
    this.graph.input.push(valueInfo(name, type, shape));
    return name;
  }

  output(
    name: string,
    type: BuilderType | null = 'float32',
    shape: readonly (number | string)[] | null = null,
  ): void {
    this.graph.output.push(
      type === null ? create(ValueInfoProtoSchema, { name }) : valueInfo(name, type, shape),
    );
  }

  constant(
    numbers: number | readonly number[] | Float64Array,
    shape: readonly number[] = typeof numbers === 'number' ? [] : [numbers.length],
    type: BuilderType = 'float32',
    name = `c${this.#count++}`,
  ): string {
    this.graph.initializer.push(
      tensorProto(name, type, shape, typeof numbers === 'number' ? [numbers] : numbers),
    );
    return name;
  }

  /** A node; gives the name of its first output. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    outputs: readonly string[] = [`v${this.#count++}`],
    domain = '',
  ): string {
    this.graph.node.push(
      create(NodeProtoSchema, {
        opType: op,
        name: `${op}_${this.graph.node.length}`,
        domain,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    );
    return outputs[0]!;
  }

  model(
    opset = 17,
    more: Partial<ModelProto> & { functions?: FunctionProto[]; domains?: string[] } = {},
  ): Uint8Array {
    const { domains = [], ...rest } = more;
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 8n,
        producerName: 'test',
        graph: this.graph,
        opsetImport: [
          { domain: '', version: BigInt(opset) },
          ...domains.map((domain) => ({ domain, version: 1n })),
        ],
        ...rest,
      } as never),
    );
  }
}

export function valueInfo(
  name: string,
  type: BuilderType,
  shape: readonly (number | string)[] | null,
): ValueInfoProto {
  const dim = shape?.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: TYPE[type], ...(dim === undefined ? {} : { shape: { dim } }) },
      },
    },
  });
}

export function tensorProto(
  name: string,
  type: BuilderType,
  shape: readonly number[],
  numbers: readonly number[] | Float64Array,
): TensorProto {
  const list = Array.from(numbers);
  return create(TensorProtoSchema, {
    name,
    dataType: TYPE[type],
    dims: shape.map(BigInt),
    ...(type === 'float32'
      ? { floatData: list }
      : type === 'float64'
        ? { doubleData: list }
        : type === 'int64'
          ? { int64Data: list.map(BigInt) }
          : { int32Data: type === 'float16' ? list.map(toFloat16Bits) : list }),
  });
}

function attributeProto(name: string, value: Attributes[string]): AttributeProto {
  const init =
    typeof value === 'number'
      ? { type: AttributeType.INT, i: BigInt(value) }
      : typeof value === 'string'
        ? { type: AttributeType.STRING, s: new TextEncoder().encode(value) }
        : Array.isArray(value)
          ? { type: AttributeType.INTS, ints: (value as number[]).map(BigInt) }
          : '$typeName' in value
            ? value.$typeName === 'onnx.GraphProto'
              ? { type: AttributeType.GRAPH, g: value as GraphProto }
              : { type: AttributeType.TENSOR, t: value as TensorProto }
            : { type: AttributeType.FLOAT, f: (value as { float: number }).float };
  return create(AttributeProtoSchema, { name, ...init } as never);
}
