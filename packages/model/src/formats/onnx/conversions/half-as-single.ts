import { create } from '@bufbuild/protobuf';
import { freshName } from '../../../graph/fresh-name';
import { numberOfType } from '../data-types';
import { markChanged, namesIn } from '../edit';
import {
  AttributeProtoSchema,
  AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type StoredTensor,
  type TypeProto,
} from '../messages';
import { linkOnnx, nestedGraphs, type OnnxFile, type OnnxGraph, readOnnx } from '../read';
import { constantOfTensor, type ExternalFiles, tensorOf } from '../tensors';
import { writeOnnx } from '../write';

export interface HalfAsSingleOptions {
  readonly files?: ExternalFiles;
  /** Whether the result of every operator is rounded to float16 all the same. Default: false. */
  readonly rounded?: boolean;
}

const HALF = numberOfType('float16');
const SINGLE = numberOfType('float32');

/** Attributes that hold a type. */
const TYPE_ATTRIBUTES = new Set(['to', 'dtype', 'output_dtype']);

/**
 * The model with float32 wherever it has float16: what it would say in wider arithmetic. With `rounded` the result of each
 * operator goes through float16, as an engine has it that stores float16 between operators and computes in float32 within
 * them. (ONNX Runtime's wasm provider, which has few float16 kernels, computes whole chains of operators in float32.)
 *
 * @returns the very bytes where no value is float16.
 * @throws NormError `file` where the bytes are no model.
 */
export function halfAsSingle(bytes: Uint8Array, options: HalfAsSingleOptions = {}): Uint8Array {
  const file = readOnnx(bytes, options.files);
  // Before anything is changed: which values are float16.
  const graphs = linkOnnx(file);
  if (!graphs.some(({ values }) => [...values.values()].some(({ type }) => type === 'float16'))) return bytes;
  const halves = new Map(graphs.map((graph) => [graph.message as object, halfResults(graph)]));
  const names = namesIn(file);
  for (const { message } of graphs) {
    const made = halves.get(message)!;
    for (const node of message.node) widenAttributes(file, node);
    if (options.rounded === true)
      message.node = message.node.flatMap((node) => rounding(file, node, made, names));
    if (message.$typeName === 'onnx.FunctionProto') {
      file.changed.add(message);
      continue;
    }
    message.initializer = message.initializer.map((tensor) => widened(tensor, file));
    for (const info of [...message.input, ...message.output, ...message.valueInfo]) {
      if (widenType(info.type)) file.changed.add(info);
    }
    markChanged(file, message);
  }
  return writeOnnx(file);
}

/** Names of the values that nodes of a graph make in float16. A type that is not known is that of the first input. */
function halfResults(graph: OnnxGraph): Set<string> {
  const half = new Set<string>();
  for (const node of graph.nodes) {
    for (const [i, output] of node.outputs.entries()) {
      if (output === null) continue;
      if (output.type === null && i === 0) output.type = node.inputs[0]?.type ?? null;
      if (output.type === 'float16') half.add(output.name);
    }
  }
  return half;
}

function widened(tensor: StoredTensor, file: OnnxFile): StoredTensor {
  if (tensor.dataType !== HALF) return tensor;
  const { shape, read } = constantOfTensor(tensor, file.files);
  const numbers = read();
  if (numbers === null) throw new Error(`the numbers of ${tensor.name} are not at hand`);
  return tensorOf(tensor.name, 'float32', shape, numbers);
}

function widenType(type: TypeProto | undefined): boolean {
  const inner = type?.value;
  switch (inner?.case) {
    case 'tensorType':
      if (inner.value.elemType !== HALF) return false;
      inner.value.elemType = SINGLE;
      return true;
    case 'sequenceType':
    case 'optionalType':
      return widenType(inner.value.elemType);
    default:
      return false;
  }
}

function widenAttributes(file: OnnxFile, node: NodeProto): void {
  for (const attribute of node.attribute) {
    if (TYPE_ATTRIBUTES.has(attribute.name) && attribute.i === BigInt(HALF)) attribute.i = BigInt(SINGLE);
    else if (attribute.t?.dataType === HALF) attribute.t = widened(attribute.t, file);
    else continue;
    file.changed.add(attribute).add(node);
  }
}

/** A node whose float16 results are rounded: each is made under another name, cast down, and cast up. */
function rounding(
  file: OnnxFile,
  node: NodeProto,
  half: ReadonlySet<string>,
  names: Set<string>,
): NodeProto[] {
  // What an If or a Loop gives was rounded within, and a Constant is float16 already.
  if (node.opType === 'Constant' || node.attribute.some((attribute) => nestedGraphs(attribute).length > 0)) {
    return [node];
  }
  const casts: NodeProto[] = [];
  node.output = node.output.map((name) => {
    if (!half.has(name)) return name;
    const [exact, down] = [freshName(names, `${name}/exact`), freshName(names, `${name}/half`)];
    casts.push(cast(exact, down, HALF, names), cast(down, name, SINGLE, names));
    return exact;
  });
  if (casts.length > 0) file.changed.add(node);
  return [node, ...casts];
}

function cast(from: string, to: string, type: number, names: Set<string>): NodeProto {
  return create(NodeProtoSchema, {
    opType: 'Cast',
    name: freshName(names, `${to}/Cast`),
    input: [from],
    output: [to],
    attribute: [create(AttributeProtoSchema, { name: 'to', type: AttributeType.INT, i: BigInt(type) })],
  });
}

/** What a graph gives in float16, by name. */
export function halfOutputs(bytes: Uint8Array): ReadonlySet<string> {
  const [main] = linkOnnx(readOnnx(bytes));
  const names = (main!.message as GraphProto).output.map(({ name }) => name);
  halfResults(main!);
  return new Set(names.filter((name) => main!.values.get(name)?.type === 'float16'));
}
