import { create, toBinary } from '@bufbuild/protobuf';
import { NormError } from '@normlayers/core';
import { piecesOf } from '../../graph/constant';
import { typeOfNumber, writableType } from './data-types';
import {
  type AttributeProto,
  AttributeProtoSchema,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './messages';
import { FIELD, type GraphMessage, isFunction, nestedGraphs, type OnnxFile } from './read';
import { joined, lengthDelimited, type Part, recordsOf } from './records';
import { lengthOf, writeNumbers } from './tensors';

type Parts = Part[];

/** How the messages of one field are written now. */
interface Replacement {
  readonly field: number;
  readonly bodies: readonly Parts[];
}

/**
 * The file with its changes. What did not change is copied byte for byte, unknown fields and order included; a file
 * without changes is given back as it came.
 */
export function writeOnnx(file: OnnxFile): Uint8Array {
  if (file.changed.size === 0) return file.bytes;
  const { model } = file;
  return joined(
    replaced(file.bytes, [
      { field: FIELD.model.graph, bodies: [graphParts(file, model.graph!)] },
      {
        field: FIELD.model.opsetImport,
        bodies: model.opsetImport.map((entry) => [
          kept(file, entry) ?? toBinary(OperatorSetIdProtoSchema, entry),
        ]),
      },
      { field: FIELD.model.functions, bodies: model.functions.map((body) => graphParts(file, body)) },
    ]),
  );
}

function kept(file: OnnxFile, message: object): Uint8Array | undefined {
  return file.changed.has(message) ? undefined : file.source.get(message);
}

function graphParts(file: OnnxFile, graph: GraphMessage): Parts {
  const asItWas = kept(file, graph);
  if (asItWas !== undefined) return [asItWas];
  const source = file.source.get(graph);
  if (isFunction(graph)) {
    if (source === undefined) return [toBinary(FunctionProtoSchema, graph)];
    return replaced(source, [
      { field: FIELD.function.node, bodies: graph.node.map((node) => nodeParts(file, node)) },
    ]);
  }
  if (source === undefined) return [toBinary(GraphProtoSchema, graph)];
  return replaced(source, listsOf(file, graph));
}

function listsOf(file: OnnxFile, graph: GraphProto): Replacement[] {
  const infos = (field: number, list: GraphProto['valueInfo']) => ({
    field,
    bodies: list.map((info) => [kept(file, info) ?? toBinary(ValueInfoProtoSchema, info)]),
  });
  return [
    { field: FIELD.graph.node, bodies: graph.node.map((node) => nodeParts(file, node)) },
    {
      field: FIELD.graph.initializer,
      bodies: graph.initializer.map((tensor) => tensorParts(file, tensor)),
    },
    infos(FIELD.graph.input, graph.input),
    infos(FIELD.graph.output, graph.output),
    infos(FIELD.graph.valueInfo, graph.valueInfo),
  ];
}

/** A new tensor's numbers are written where they come to stand: they are most of what is written. */
function tensorParts(file: OnnxFile, tensor: TensorProto): Parts {
  const asItWas = kept(file, tensor);
  if (asItWas !== undefined) return [asItWas];
  const { name, dataType, dims, rawData } = tensor;
  const head = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dataType, dims }));
  return [head, ...lengthDelimited(FIELD.tensor.rawData, [computedPart(file, tensor) ?? rawData])];
}

function computedPart(file: OnnxFile, tensor: TensorProto): Part | undefined {
  const computed = file.computed.get(tensor);
  if (computed === undefined) return undefined;
  const type = writableType(typeOfNumber(tensor.dataType));
  return {
    length: lengthOf(type, computed.shape),
    write(into) {
      const pieces = piecesOf(computed);
      if (pieces === null)
        throw new NormError('file', `what ${tensor.name} is made of is no longer at hand.`);
      writeNumbers(pieces, type, into);
    },
  };
}

function nodeParts(file: OnnxFile, node: NodeProto): Parts {
  const asItWas = kept(file, node);
  if (asItWas !== undefined) return [asItWas];
  const source = file.source.get(node);
  if (source === undefined) return [toBinary(NodeProtoSchema, node)];
  // Of a node that was read only its outputs and nested graphs change.
  return replaced(source, [
    { field: FIELD.node.output, bodies: node.output.map((name) => [new TextEncoder().encode(name)]) },
    {
      field: FIELD.node.attribute,
      bodies: node.attribute.map((attribute) => attributeParts(file, attribute)),
    },
  ]);
}

function attributeParts(file: OnnxFile, attribute: AttributeProto): Parts {
  const asItWas = kept(file, attribute);
  if (asItWas !== undefined) return [asItWas];
  if (nestedGraphs(attribute).length === 0) return [toBinary(AttributeProtoSchema, attribute)];
  const bodies = (graphs: readonly GraphProto[]) => graphs.map((graph) => graphParts(file, graph));
  return replaced(file.source.get(attribute)!, [
    { field: FIELD.attribute.g, bodies: attribute.g === undefined ? [] : bodies([attribute.g]) },
    { field: FIELD.attribute.graphs, bodies: bodies(attribute.graphs) },
  ]);
}

/** A message's records with those of some fields written anew, where the first of them stood, or at the end. */
function replaced(source: Uint8Array, replacements: readonly Replacement[]): Parts {
  const waiting = new Map(replacements.map((replacement) => [replacement.field, replacement.bodies]));
  const parts: Parts = [];
  const write = (field: number) => {
    for (const body of waiting.get(field) ?? []) parts.push(...lengthDelimited(field, body));
    waiting.set(field, []);
  };
  for (const { field, whole } of recordsOf(source)) {
    if (waiting.has(field)) write(field);
    else parts.push(whole);
  }
  for (const field of waiting.keys()) write(field);
  return parts;
}
