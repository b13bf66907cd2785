import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { NormError } from '@normlayers/core';
import { markChanged } from '../edit';
import {
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from '../messages';
import { nestedGraphs, type OnnxFile, readOnnx, versionsOf } from '../read';
import { writeOnnx } from '../write';

/** How many nodes a model may have once its functions stand where they are called: a function may call others. */
const MOST_NODES = 100_000;

/** A call that its function's body has taken the place of. */
export interface InlinedCall {
  /** Its function; the functions around it have calls of their own. */
  readonly key: string;
  /** What the names of its nodes begin with. */
  readonly prefix: string;
}

export interface Inlined {
  readonly file: OnnxFile;
  readonly calls: readonly InlinedCall[];
}

/**
 * The model with the bodies of its own functions in the places where they are called, so that what is in them can be looked
 * at, and mended in each call by what is known there. A function of other opsets than the model's stays.
 *
 * Source: ONNX's IR specification, "Functions".
 *
 * @param file is changed.
 * @param chosen which functions, by key. Default: all.
 * @throws NormError `file` where functions call one another without end.
 */
export function inlineFunctions(file: OnnxFile, chosen?: ReadonlySet<string>): Inlined {
  const { model } = file;
  const bodies = new Map<string, FunctionProto>();
  const versions = versionsOf(model.opsetImport);
  for (const body of model.functions) {
    const own = Object.entries(versionsOf(body.opsetImport));
    const fits = own.every(([domain, version]) => (versions[domain] ?? version) === version);
    const key = keyOf(body.domain, body.name, body.overload);
    if (fits && chosen?.has(key) !== false) bodies.set(key, body);
  }
  const calls: InlinedCall[] = [];
  if (bodies.size === 0) return { file, calls };
  let count = 0;
  let hasGraphs = false;

  const inlined = (nodes: readonly NodeProto[], path: readonly FunctionProto[]): NodeProto[] =>
    nodes.flatMap((node) => {
      const key = keyOf(node.domain, node.opType, node.overload);
      const body = bodies.get(key);
      if (body === undefined || path.includes(body)) {
        for (const attribute of node.attribute) {
          for (const nested of nestedGraphs(attribute)) {
            hasGraphs ||= path.length > 0;
            inside(nested, path);
          }
        }
        return [node];
      }
      const prefix = `${node.name || node.opType}_${calls.length + 1}`;
      calls.push({ key, prefix });
      count += body.node.length;
      if (count > MOST_NODES) throw new NormError('file', 'its functions call one another without end.');
      return inlined(bodyOf(body, node, prefix), [...path, body]);
    });

  const inside = (graph: GraphProto, path: readonly FunctionProto[]) => {
    const before = calls.length;
    graph.node = inlined(graph.node, path);
    if (calls.length > before) markChanged(file, graph);
  };

  inside(model.graph!, []);
  if (calls.length === 0) return { file, calls };
  for (const body of bodies.values()) {
    for (const entry of body.opsetImport) {
      if (versions[entry.domain === 'ai.onnx' ? '' : entry.domain] === undefined)
        model.opsetImport.push(entry);
    }
  }
  dropFunctions(model, new Set(calls.map(({ key }) => key)));
  // Graphs that bodies brought along stand nowhere in what was read.
  return { file: hasGraphs ? readOnnx(writeOnnx(file), file.files) : file, calls };
}

/** Takes functions out that nothing calls any more. */
function dropFunctions(model: ModelProto, inlined: ReadonlySet<string>): void {
  const called = new Set<string>();
  const take = (nodes: readonly NodeProto[]) => {
    for (const node of nodes) {
      called.add(keyOf(node.domain, node.opType, node.overload));
      for (const attribute of node.attribute) for (const { node } of nestedGraphs(attribute)) take(node);
    }
  };
  const keyed = model.functions.map((body) => [keyOf(body.domain, body.name, body.overload), body] as const);
  take(model.graph!.node);
  for (const [key, body] of keyed) if (!inlined.has(key)) take(body.node);
  model.functions = keyed.flatMap(([key, body]) => (inlined.has(key) && !called.has(key) ? [] : [body]));
}

function keyOf(domain: string, name: string, overload: string): string {
  return [domain === 'ai.onnx' ? '' : domain, name, overload].join('\n');
}

/** The nodes of a function as they stand in a call: values and attributes are the caller's, and all else has names of its own. */
function bodyOf(body: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map<string, string>([['', '']]);
  body.input.forEach((name, i) => {
    names.set(name, call.input[i] ?? '');
  });
  body.output.forEach((name, i) => {
    if (call.output[i]) names.set(name, call.output[i]);
  });
  const renamed = (name: string): string => {
    let so = names.get(name);
    if (so === undefined) {
      so = `${prefix}/${name}`;
      names.set(name, so);
    }
    return so;
  };
  const given = new Map(body.attributeProto.map((attribute) => [attribute.name, attribute]));
  for (const attribute of call.attribute) given.set(attribute.name, attribute);

  const place = (node: NodeProto): NodeProto => {
    const made = clone(NodeProtoSchema, node);
    made.name = `${prefix}/${node.name || node.output[0]}`;
    made.input = node.input.map(renamed);
    made.output = node.output.map(renamed);
    made.attribute = made.attribute.flatMap((attribute) => {
      if (attribute.refAttrName !== '') {
        const value = given.get(attribute.refAttrName);
        if (value === undefined) return [];
        return [Object.assign(clone(AttributeProtoSchema, value), { name: attribute.name })];
      }
      if (attribute.g !== undefined) attribute.g = placeGraph(attribute.g);
      attribute.graphs = attribute.graphs.map(placeGraph);
      return [attribute];
    });
    return made;
  };
  /** What a nested graph makes itself gets a name of its own as well: two calls may stand in one graph. */
  const placeGraph = (graph: GraphProto): GraphProto => {
    const made = clone(GraphProtoSchema, graph);
    for (const value of [...made.input, ...made.initializer, ...made.valueInfo])
      value.name = renamed(value.name);
    made.node = graph.node.map(place);
    for (const output of made.output) output.name = renamed(output.name);
    return made;
  };
  return body.node.map(place);
}

/** By way of its bytes: protobuf's own `clone` would bring its reflection along, 4 kB. */
function clone<D extends DescMessage>(schema: D, message: MessageShape<D>): MessageShape<D> {
  return fromBinary(schema, toBinary(schema, message));
}
