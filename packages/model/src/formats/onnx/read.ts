import { fromBinary } from '@bufbuild/protobuf';
import { NormError } from '@normlayers/core';
import { type Constant, constantOf } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import type { AttributeValue, Dimension, Graph, Node, Value } from '../../graph/graph';
import { inferShapes } from '../../graph/shapes';
import { typeOfNumber, writableType } from './data-types';
import {
  type AttributeProto,
  AttributeType,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from './messages';
import { inOrderOfUse } from './node-order';
import { recordsOf } from './records';
import { asWritten, constantOfTensor, type ExternalFiles } from './tensors';

/** A graph of the file: the main one, one nested in a node, or a function's body. */
export type GraphMessage = GraphProto | FunctionProto;

/** Where a nested graph stands. */
export interface Owner {
  readonly graph: GraphMessage;
  readonly node: NodeProto;
  readonly attribute: AttributeProto;
}

/** An ONNX file: decoded, with the bytes that each part of it was decoded from. */
export interface OnnxFile {
  readonly bytes: Uint8Array;
  readonly model: ModelProto;
  readonly files: ExternalFiles;
  /** What each message was decoded from, without tag and length. */
  readonly source: WeakMap<object, Uint8Array>;
  readonly owners: Map<GraphMessage, Owner>;
  /** Messages that are no longer what `source` says. */
  readonly changed: Set<object>;
  /** The numbers of new tensors that are computed when they are written. */
  readonly computed: WeakMap<object, Constant>;
}

/** Field numbers of onnx.proto. */
export const FIELD = {
  model: { graph: 7, opsetImport: 8, functions: 25 },
  graph: { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 },
  function: { node: 7 },
  node: { output: 2, attribute: 5 },
  attribute: { g: 6, graphs: 11 },
  tensor: { rawData: 9 },
} as const;

export function isFunction(graph: GraphMessage): graph is FunctionProto {
  return graph.$typeName === 'onnx.FunctionProto';
}

/**
 * Decodes an ONNX file.
 *
 * @throws NormError `file` where the bytes are no ONNX model, or a damaged one.
 */
export function readOnnx(bytes: Uint8Array, files: ExternalFiles = {}): OnnxFile {
  if (!ArrayBuffer.isView(bytes)) {
    throw new NormError(
      'file',
      "expected the bytes of an ONNX file in a Uint8Array. TensorFlow.js's artifacts go to @normlayers/model/tfjs.",
    );
  }
  try {
    const file: OnnxFile = {
      bytes,
      model: fromBinary(ModelProtoSchema, bytes),
      files,
      source: new WeakMap(),
      owners: new Map(),
      changed: new Set(),
      computed: new WeakMap(),
    };
    if (file.model.graph === undefined) throw new Error('it has no graph');
    if (file.model.opsetImport.length === 0) throw new Error('it imports no operators');
    rememberModel(file);
    return file;
  } catch (error) {
    throw damaged(error);
  }
}

export function damaged(error: unknown): NormError {
  if (error instanceof NormError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new NormError('file', `the bytes are no ONNX model: ${what}.`, { cause: error });
}

function rememberModel(file: OnnxFile): void {
  const bodies = bodiesOf(file.bytes);
  const { model } = file;
  if (bodies(FIELD.model.graph).length !== 1) throw new Error('its graph is in pieces');
  remember(file, [model.graph!], bodies(FIELD.model.graph));
  remember(file, model.opsetImport, bodies(FIELD.model.opsetImport));
  remember(file, model.functions, bodies(FIELD.model.functions));
  rememberGraph(file, model.graph!);
  for (const body of model.functions) rememberNodes(file, body, FIELD.function.node);
}

function rememberGraph(file: OnnxFile, graph: GraphProto): void {
  const bodies = bodiesOf(file.source.get(graph)!);
  remember(file, graph.initializer, bodies(FIELD.graph.initializer));
  remember(file, graph.valueInfo, bodies(FIELD.graph.valueInfo));
  remember(file, graph.input, bodies(FIELD.graph.input));
  remember(file, graph.output, bodies(FIELD.graph.output));
  rememberNodes(file, graph, FIELD.graph.node);
}

function rememberNodes(file: OnnxFile, graph: GraphMessage, field: number): void {
  remember(file, graph.node, bodiesOf(file.source.get(graph)!)(field));
  for (const node of graph.node) {
    if (!node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0)) continue;
    remember(file, node.attribute, bodiesOf(file.source.get(node)!)(FIELD.node.attribute));
    for (const attribute of node.attribute) {
      const bodies = bodiesOf(file.source.get(attribute)!);
      if (attribute.g !== undefined) remember(file, [attribute.g], bodies(FIELD.attribute.g));
      remember(file, attribute.graphs, bodies(FIELD.attribute.graphs));
      for (const nested of nestedGraphs(attribute)) {
        file.owners.set(nested, { graph, node, attribute });
        rememberGraph(file, nested);
      }
    }
  }
}

export function nestedGraphs({ g, graphs }: AttributeProto): GraphProto[] {
  return g === undefined ? graphs : [g, ...graphs];
}

function bodiesOf(bytes: Uint8Array): (field: number) => Uint8Array[] {
  const records = recordsOf(bytes);
  return (field) => records.filter((record) => record.field === field).map(({ body }) => body);
}

function remember(file: OnnxFile, messages: readonly object[], bodies: readonly Uint8Array[]): void {
  if (messages.length !== bodies.length) throw new Error('a part of it is in pieces');
  messages.forEach((message, i) => {
    file.source.set(message, bodies[i]!);
  });
}

/** A graph with the messages that it was made from. */
export interface OnnxGraph extends Graph {
  readonly message: GraphMessage;
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxNode extends Node {
  readonly message: NodeProto;
  readonly graph: OnnxGraph;
}

/**
 * The graphs of a file as values and nodes, linked anew from what the messages say now: the main graph, those nested in
 * nodes, and the bodies of functions.
 *
 * @throws NormError `file` where a node takes what nothing makes, or a value is made twice or of itself.
 */
export function linkOnnx(file: OnnxFile): OnnxGraph[] {
  const linked: OnnxGraph[] = [];
  try {
    const { model } = file;
    const versions = versionsOf(model.opsetImport);
    link(model.graph!, '', null, versions);
    for (const body of model.functions) {
      link(body, `function ${body.name}`, null, { ...versions, ...versionsOf(body.opsetImport) });
    }
  } catch (error) {
    throw damaged(error);
  }
  return linked;

  function link(
    message: GraphMessage,
    path: string,
    parent: OnnxGraph | null,
    versions: Readonly<Record<string, number>>,
  ): OnnxGraph {
    const values = new Map<string, Value>();
    const nodes: OnnxNode[] = [];
    const graph: OnnxGraph = { name: message.name, path, parent, nodes, values, message };
    linked.push(graph);
    const made = (name: string): Value => {
      const known = values.get(name);
      if (known !== undefined) return known;
      const value: Value = {
        name,
        graph,
        producer: null,
        uses: [],
        isOutput: false,
        isInput: false,
        constant: null,
        type: null,
        shape: null,
      };
      values.set(name, value);
      return value;
    };
    const find = (name: string): Value => {
      for (let at: Graph | null = graph; at !== null; at = at.parent) {
        const value = at.values.get(name);
        if (value !== undefined) return value;
      }
      throw new Error(`nothing makes ${JSON.stringify(name)}`);
    };
    if (isFunction(message)) {
      for (const name of message.input) made(name).isInput = true;
    } else {
      for (const info of message.input) describe(made(info.name), info).isInput = true;
      for (const tensor of message.initializer) takeInitializer(made(tensor.name), tensor);
      for (const { values: sparse } of message.sparseInitializer) if (sparse) made(sparse.name);
    }
    const infos = new Map<string, ValueInfoProto>();
    for (const info of message.valueInfo) infos.set(info.name, info);
    if (!isFunction(message)) for (const info of message.output) infos.set(info.name, info);
    for (const node of inOrderOfUse(message.node)) {
      const inputs = node.input.map((name) => (name === '' ? null : find(name)));
      const attributes: Record<string, AttributeValue> = {};
      const linkedNode: OnnxNode = {
        name: node.name,
        op: node.attribute.some(({ refAttrName }) => refAttrName !== '') ? `${node.opType}(…)` : node.opType,
        domain: node.domain === 'ai.onnx' ? '' : node.domain,
        version: versions[node.domain === 'ai.onnx' ? '' : node.domain] ?? 0,
        graph,
        index: nodes.length,
        inputs,
        outputs: [],
        attributes,
        message: node,
      };
      for (const input of inputs) input?.uses.push(linkedNode);
      for (const attribute of node.attribute) {
        const value = attributeValue(attribute, file.files);
        // A type is a number in ONNX and a name here.
        if (value !== null) {
          attributes[attribute.name] =
            node.opType === 'Cast' && attribute.name === 'to' ? typeOfNumber(Number(value)) : value;
        }
        nestedGraphs(attribute).forEach((nested, i) => {
          const name = `${path}${path && '/'}${node.name || node.output[0] || node.opType}/${attribute.name}`;
          const inner = link(nested, i > 0 ? `${name}${i}` : name, graph, versions);
          for (const value of outerValues(inner)) value.uses.push(linkedNode);
        });
      }
      (linkedNode.outputs as (Value | null)[]).push(
        ...node.output.map((name) => {
          if (name === '') return null;
          const value = made(name);
          if (value.producer !== null || value.isInput || value.constant !== null) {
            throw new Error(`${JSON.stringify(name)} is made twice`);
          }
          value.producer = linkedNode;
          const info = infos.get(name);
          return info === undefined ? value : describe(value, info);
        }),
      );
      const only = linkedNode.outputs[0];
      if (only != null && linkedNode.op === 'Constant' && linkedNode.domain === '') {
        only.constant = constantOfNode(linkedNode);
      }
      nodes.push(linkedNode);
    }
    for (const output of message.output) {
      find(typeof output === 'string' ? output : output.name).isOutput = true;
    }
    inferShapes(graph);
    return graph;

    function takeInitializer(value: Value, tensor: TensorProto): void {
      const computed = file.computed.get(tensor);
      const constant =
        computed === undefined
          ? constantOfTensor(tensor, file.files)
          : asWritten(computed, writableType(computed.type));
      value.type = constant.type;
      value.shape = constant.shape;
      // From IR version 4 on an initializer that is an input too is a default that the caller may replace.
      if (!value.isInput || file.model.irVersion < 4n) {
        value.constant = constant;
        value.isInput = false;
      }
    }
  }
}

/** The values of surrounding graphs that a nested one takes, those that it only hands out included. */
function outerValues(graph: OnnxGraph): Value[] {
  const outer: Value[] = [];
  for (const output of graph.message.output) {
    const name = typeof output === 'string' ? output : output.name;
    if (graph.values.has(name)) continue;
    for (let at = graph.parent; at !== null; at = at.parent) {
      const value = at.values.get(name);
      if (value !== undefined) {
        outer.push(value);
        break;
      }
    }
  }
  return outer;
}

export function versionsOf(
  imports: readonly { domain: string; version: bigint }[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    imports.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
  );
}

function describe(value: Value, { type }: ValueInfoProto): Value {
  const known = typeAndShape(type);
  value.type ??= known.type;
  value.shape ??= known.shape;
  return value;
}

function typeAndShape(type: TypeProto | undefined): {
  type: ElementType | null;
  shape: readonly Dimension[] | null;
} {
  if (type?.value.case !== 'tensorType') return { type: null, shape: null };
  const { elemType, shape } = type.value.value;
  return {
    type: elemType === 0 ? null : typeOfNumber(elemType),
    shape:
      shape?.dim.map(({ value }) =>
        value.case === 'dimValue'
          ? Number(value.value)
          : value.case === 'dimParam'
            ? value.value || null
            : null,
      ) ?? null,
  };
}

function attributeValue(attribute: AttributeProto, files: ExternalFiles): AttributeValue | null {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.STRING:
      return text(attribute.s);
    case AttributeType.FLOATS:
      return attribute.floats;
    case AttributeType.INTS:
      return attribute.ints.map(Number);
    case AttributeType.STRINGS:
      return attribute.strings.map(text);
    case AttributeType.TENSOR:
      return attribute.t === undefined ? null : constantOfTensor(attribute.t, files);
    default:
      return null;
  }
}

/** What a Constant node holds, in whichever of its attributes. */
function constantOfNode({ attributes }: Node): Constant | null {
  const { value, value_float: float, value_int: int, value_floats: floats, value_ints: ints } = attributes;
  if (typeof float === 'number') return constantOf('float32', [], Float64Array.of(float));
  if (typeof int === 'number') return constantOf('int64', [], Float64Array.of(int));
  const list = (type: ElementType, numbers: AttributeValue) =>
    constantOf(type, [(numbers as number[]).length], Float64Array.from(numbers as number[]));
  if (Array.isArray(floats)) return list('float32', floats);
  if (Array.isArray(ints)) return list('int64', ints);
  return typeof value === 'object' && 'read' in value ? value : null;
}
