import { create } from '@bufbuild/protobuf';
import type { Constant } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { freshName } from '../../graph/fresh-name';
import { numberOfType, type WritableType, writableType } from './data-types';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type StoredTensor,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './messages';
import { usedNames } from './node-order';
import { isFunction, type OnnxFile, type OnnxGraph, type OnnxNode } from './read';
import { tensorOf } from './tensors';

/** An attribute to be written: an integer, a float, text or a list of integers. */
export type NewAttribute = number | string | readonly number[] | { readonly float: number };

/** Changes of one graph, by name: the results of what is replaced keep their names. */
export class GraphEdit {
  readonly #file: OnnxFile;
  readonly #graph: OnnxGraph;
  readonly #message: GraphProto;
  readonly #names: Set<string>;
  readonly #removed = new Set<NodeProto>();
  /** New nodes by the node that they come in the place of. */
  readonly #added = new Map<NodeProto, NodeProto[]>();

  constructor(file: OnnxFile, graph: OnnxGraph) {
    if (isFunction(graph.message)) throw new Error('a function is not edited');
    this.#file = file;
    this.#graph = graph;
    this.#message = graph.message;
    this.#names = namesIn(file);
  }

  /** A name that nothing in the model has. */
  fresh(wish: string): string {
    return freshName(this.#names, wish);
  }

  /** A new initializer. Gives its name. */
  constant(wish: string, type: ElementType | null, shape: readonly number[], numbers: Float64Array): string {
    const written = writableType(type);
    return this.#initializer(tensorOf(this.fresh(wish), written, shape, numbers), written, shape);
  }

  /** A new initializer whose numbers are computed when they are written. Gives its name. */
  computed(wish: string, numbers: Constant): string {
    const { shape } = numbers;
    const type = writableType(numbers.type);
    const named = { name: this.fresh(wish), dataType: numberOfType(type), dims: shape.map(BigInt) };
    const tensor = create(TensorProtoSchema, named);
    this.#file.computed.set(tensor, numbers);
    return this.#initializer(tensor, type, shape);
  }

  #initializer(tensor: StoredTensor, type: WritableType, shape: readonly number[]): string {
    this.#message.initializer.push(tensor);
    // Before IR version 4 every initializer is an input too.
    if (this.#file.model.irVersion < 4n) this.#message.input.push(describedInput(tensor.name, type, shape));
    return tensor.name;
  }

  /** A new node in the place of another. */
  node(
    place: OnnxNode,
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, NewAttribute>> = {},
  ): void {
    const node = create(NodeProtoSchema, {
      opType: op,
      name: this.fresh(`${outputs[0]}/${op}`),
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
    });
    const added = this.#added.get(place.message);
    if (added === undefined) this.#added.set(place.message, [node]);
    else added.push(node);
  }

  /** A node like an old one in its place, with its name and attributes, but for those given or dropped. */
  like(
    old: OnnxNode,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, NewAttribute>> = {},
    dropped: readonly string[] = [],
  ): void {
    this.node(old, old.op, inputs, outputs, attributes);
    const made = this.#added.get(old.message)!.at(-1)!;
    const { name, attribute, docString, metadataProps } = old.message;
    const kept = attribute.filter(
      (one) => !Object.hasOwn(attributes, one.name) && !dropped.includes(one.name),
    );
    Object.assign(made, { name, attribute: [...kept, ...made.attribute], docString, metadataProps });
  }

  /** Takes a node out. */
  remove(node: OnnxNode): void {
    this.#removed.add(node.message);
  }

  /** Writes the changes into the file's messages, and takes out what nothing uses any more. */
  apply(): void {
    const message = this.#message;
    message.node = message.node.flatMap((node) => [
      ...(this.#added.get(node) ?? []),
      ...(this.#removed.has(node) ? [] : [node]),
    ]);
    this.#prune();
    markChanged(this.#file, message);
  }

  /** Constants and parameters of what was taken out, once nothing takes them. */
  #prune(): void {
    const message = this.#message;
    const candidates = new Set<string>();
    for (const node of this.#graph.nodes) {
      if (!this.#removed.has(node.message)) continue;
      for (const name of node.message.input) candidates.add(name);
      for (const name of node.message.output) candidates.add(name);
    }
    for (;;) {
      const used = new Set<string>(message.output.map(({ name }) => name));
      for (const name of usedNames(message.node)) used.add(name);
      const dead = message.node.filter(
        (node) =>
          node.output.length > 0 &&
          node.output.every((name) => name === '' || (candidates.has(name) && !used.has(name))),
      );
      if (dead.length === 0) {
        const gone = (name: string) =>
          candidates.has(name) && !used.has(name) && this.#graph.values.get(name)?.constant != null;
        message.initializer = message.initializer.filter(({ name }) => !gone(name));
        if (this.#file.model.irVersion < 4n) message.input = message.input.filter(({ name }) => !gone(name));
        const made = new Set(message.node.flatMap(({ output }) => output));
        message.valueInfo = message.valueInfo.filter(({ name }) => !candidates.has(name) || made.has(name));
        return;
      }
      for (const node of dead) for (const name of node.input) candidates.add(name);
      message.node = message.node.filter((node) => !dead.includes(node));
    }
  }
}

/** Marks a graph, and all that it stands in, as different from what was read. */
export function markChanged(file: OnnxFile, graph: GraphProto): void {
  file.changed.add(graph);
  const owner = file.owners.get(graph);
  if (owner === undefined) return;
  file.changed.add(owner.attribute).add(owner.node);
  if (isFunction(owner.graph)) file.changed.add(owner.graph);
  else markChanged(file, owner.graph);
}

/** Every name of a value or a node in the main graph and those nested in it. */
export function namesIn({ model }: OnnxFile): Set<string> {
  const names = new Set<string>();
  const take = (graph: GraphProto) => {
    for (const { name } of [...graph.input, ...graph.initializer]) names.add(name);
    for (const node of graph.node) {
      names.add(node.name);
      for (const name of node.output) names.add(name);
      for (const { g, graphs } of node.attribute) for (const one of g ? [g, ...graphs] : graphs) take(one);
    }
  };
  take(model.graph!);
  return names;
}

function attributeOf(name: string, value: NewAttribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  return 'float' in value
    ? create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float })
    : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function describedInput(name: string, type: WritableType, shape: readonly number[]) {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: numberOfType(type),
          shape: {
            dim: shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
          },
        },
      },
    },
  });
}
