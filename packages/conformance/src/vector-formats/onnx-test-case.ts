import { fromBinary } from '@bufbuild/protobuf';
import type { DType } from '@normlayers/core';
import { fromFloat16Bits } from '@normlayers/core';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import type { Vector, VectorTensor } from './format';

/** One of ONNX's own test folders, as bytes: `model.onnx` and the files of one `test_data_set_*`. */
export interface OnnxTestCase {
  /** The folder's name. */
  readonly name: string;
  readonly model: Uint8Array;
  /** `input_0.pb` and so on. */
  readonly inputs: readonly Uint8Array[];
  /** `output_0.pb` and so on. */
  readonly outputs: readonly Uint8Array[];
}

/** An operator of ours: the formal names that `onnx.ts` reads, and the defaults of its attributes. */
interface Operator {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The operator set from which on it means what `onnx.ts` takes it for. */
  readonly since: number;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  BatchNormalization: {
    inputs: ['x', 's', 'bias', 'mean', 'var'],
    outputs: ['y', 'output_mean', 'output_var'],
    defaults: { epsilon: 1e-5, momentum: 0.9, training_mode: 0 },
    since: 14,
  },
  LayerNormalization: {
    inputs: ['X', 'W', 'B'],
    outputs: ['Y', 'Mean', 'InvStdDev'],
    defaults: { axis: -1, epsilon: 1e-5 },
    since: 17,
  },
  RMSNormalization: { inputs: ['X', 'W'], outputs: ['Y'], defaults: { axis: -1, epsilon: 1e-5 }, since: 23 },
  InstanceNormalization: {
    inputs: ['x', 's', 'bias'],
    outputs: ['y'],
    defaults: { epsilon: 1e-5 },
    since: 1,
  },
  // Until 18 its scale and bias were one a group.
  GroupNormalization: {
    inputs: ['x', 'scale', 'bias'],
    outputs: ['y'],
    defaults: { epsilon: 1e-5 },
    since: 21,
  },
  MeanVarianceNormalization: { inputs: ['X'], outputs: ['Y'], defaults: { axes: [0, 2, 3] }, since: 9 },
};

/**
 * A test case of ONNX's backend as a vector of the neutral format, with the tolerance of its own loader (rtol 1e-3, atol
 * 1e-7).
 *
 * @returns the vector, or why there is none: another operator, more than one node, a type that is none of ours.
 * @throws Error for bytes that are no ONNX messages.
 */
export function onnxTestVector({ name, model, inputs, outputs }: OnnxTestCase): Vector | string {
  const { graph, opsetImport } = fromBinary(ModelProtoSchema, model);
  const [node, ...others] = graph?.node ?? [];
  if (node === undefined || others.length > 0)
    return `its model has ${others.length + (node ? 1 : 0)} nodes; expected one`;
  const operator = OPERATORS[node.opType];
  if (operator === undefined) return `ONNX operator ${node.opType} is none of the five operations`;
  const opset = Number(
    opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n,
  );
  if (opset < operator.since)
    return `${node.opType} of operator set ${opset}; expected ${operator.since} or later`;
  const tensors = { inputs: tensorsOf(inputs), outputs: tensorsOf(outputs) };
  const unknown = [...tensors.inputs, ...tensors.outputs].find((tensor) => typeof tensor === 'string');
  if (unknown !== undefined) return unknown as string;
  return {
    name,
    source: 'onnx',
    op: node.opType,
    attributes: { ...operator.defaults, ...attributesOf(node) },
    inputs: named(tensors.inputs as VectorTensor[], node.input, inputNames(graph), operator.inputs),
    outputs: named(
      tensors.outputs as VectorTensor[],
      node.output,
      (graph?.output ?? []).map((output) => output.name),
      operator.outputs,
    ),
    rtol: 1e-3,
    atol: 1e-7,
  };
}

/** The graph's inputs without its initializers: what the files are of, in this order. */
function inputNames(graph: ModelProto['graph']): string[] {
  const constants = new Set((graph?.initializer ?? []).map(({ name }) => name));
  return (graph?.input ?? []).map(({ name }) => name).filter((name) => !constants.has(name));
}

/** Tensors in the graph's order under the operator's formal names. */
function named(
  tensors: readonly VectorTensor[],
  ofNode: readonly string[],
  ofGraph: readonly string[],
  formal: readonly string[],
): VectorTensor[] {
  return tensors.flatMap((tensor, i) => {
    const place = ofNode.indexOf(ofGraph[i] ?? tensor.name);
    return place === -1 ? [] : [{ ...tensor, name: formal[place] ?? tensor.name }];
  });
}

function tensorsOf(files: readonly Uint8Array[]): (VectorTensor | string)[] {
  return files.map((bytes) => tensorOf(fromBinary(TensorProtoSchema, bytes)));
}

const TYPES: Readonly<Partial<Record<TensorProto_DataType, DType>>> = {
  [TensorProto_DataType.FLOAT]: 'float32',
  [TensorProto_DataType.FLOAT16]: 'float16',
  [TensorProto_DataType.DOUBLE]: 'float64',
};

function tensorOf(tensor: TensorProto): VectorTensor | string {
  const dtype = TYPES[tensor.dataType as TensorProto_DataType];
  if (dtype === undefined)
    return `tensor ${tensor.name} is of ONNX type ${tensor.dataType}; expected a float`;
  return {
    name: tensor.name,
    dtype,
    shape: tensor.dims.map(Number),
    data: numbersOf(tensor, dtype).map((value) =>
      Number.isFinite(value) ? value : (String(value) as 'NaN'),
    ),
  };
}

/** Raw bytes, little-endian, or the field of the type (onnx.proto, TensorProto). */
function numbersOf({ rawData, floatData, doubleData, int32Data }: TensorProto, dtype: DType): number[] {
  if (rawData.length === 0) {
    if (dtype === 'float16') return int32Data.map(fromFloat16Bits);
    return dtype === 'float32' ? floatData : doubleData;
  }
  // A copy: a view of Node's pool has its buffer in common with others.
  const { buffer } = new Uint8Array(rawData);
  if (dtype === 'float32') return [...new Float32Array(buffer)];
  return dtype === 'float64'
    ? [...new Float64Array(buffer)]
    : [...new Uint16Array(buffer)].map(fromFloat16Bits);
}

function attributesOf({ attribute }: NodeProto): Record<string, unknown> {
  return Object.fromEntries(attribute.map((each) => [each.name, valueIn(each)]));
}

/** Attributes of these operators are numbers and lists of whole numbers; floats are told in their shortest decimals. */
function valueIn({ f, i, ints, type }: AttributeProto): unknown {
  if (type === AttributeProto_AttributeType.INTS) return ints.map(Number);
  return type === AttributeProto_AttributeType.FLOAT ? Number(f.toPrecision(7)) : Number(i);
}
