import { create } from '@bufbuild/protobuf';
import { isWritable } from '../../formats/onnx/data-types';
import { markChanged, namesIn } from '../../formats/onnx/edit';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from '../../formats/onnx/messages';
import { isFunction, nestedGraphs, type OnnxFile, type OnnxGraph } from '../../formats/onnx/read';
import { tensorOf } from '../../formats/onnx/tensors';
import { freshName } from '../../graph/fresh-name';
import type { Value } from '../../graph/graph';
import { type Refusal, refusal } from '../../norms/refusal';
import type { Lifted } from '../tapped';

/**
 * Hands values of nested graphs out to the main one, so that a run gives them back: an If has one more output, empty where
 * the other branch is taken; a Loop or Scan one more that has all iterations behind each other.
 */
export class Lifter {
  readonly #file: OnnxFile;
  readonly #names: Set<string>;
  readonly #lifted = new Map<Value, Lifted | Refusal>();

  constructor(file: OnnxFile) {
    this.#file = file;
    this.#names = namesIn(file);
  }

  /** A name that nothing has. */
  fresh(wish: string): string {
    return freshName(this.#names, wish);
  }

  lift(value: Value): Lifted | Refusal {
    const known = this.#lifted.get(value);
    if (known !== undefined) return known;
    const lifted = this.#lift(value);
    this.#lifted.set(value, lifted);
    return lifted;
  }

  #lift(value: Value): Lifted | Refusal {
    let graph = value.graph as OnnxGraph;
    let { name } = value;
    let iterations = 0;
    let isConditional = false;
    while (graph.parent !== null) {
      const message = graph.message;
      const owner = this.#file.owners.get(message);
      if (owner === undefined || isFunction(message)) return NO_WAY(value);
      const { node, attribute } = owner;
      if (node.opType === 'If' && node.domain === '') {
        isConditional = true;
        const outer = this.#throughIf(message, node, attribute, name, value);
        if (typeof outer !== 'string') return outer;
        name = outer;
      } else if ((node.opType === 'Loop' || node.opType === 'Scan') && node.domain === '') {
        if (isConditional) return refusal('nested', `${value.name} is in an If within a ${node.opType}.`);
        iterations++;
        name = this.#throughLoop(message, node, name);
      } else {
        return NO_WAY(value);
      }
      markChanged(this.#file, message);
      graph = graph.parent as OnnxGraph;
    }
    return { name, iterations };
  }

  #throughIf(
    graph: GraphProto,
    node: NodeProto,
    branch: AttributeProto,
    name: string,
    { type, name: ownName }: Value,
  ): string | Refusal {
    const others = node.attribute.filter((attribute) => attribute !== branch).flatMap(nestedGraphs);
    if (!isWritable(type)) return refusal('unknown-type', `the type of ${ownName} is not known.`);
    this.#handOut(graph, name);
    for (const other of others) {
      const nothing = this.fresh(`${name}/nothing`);
      other.node.push(
        create(NodeProtoSchema, {
          opType: 'Constant',
          name: nothing,
          output: [nothing],
          attribute: [
            create(AttributeProtoSchema, {
              name: 'value',
              type: AttributeType.TENSOR,
              t: tensorOf('', type, [0], new Float64Array(0)),
            }),
          ],
        }),
      );
      other.output.push(create(ValueInfoProtoSchema, { name: nothing }));
      markChanged(this.#file, other);
    }
    return this.#output(node, name, 0);
  }

  #throughLoop(graph: GraphProto, node: NodeProto, name: string): string {
    // A Loop's body also gives its condition, which the node does not hand on.
    const given = graph.output.length - (node.opType === 'Loop' ? 1 : 0);
    this.#handOut(graph, name);
    for (const attribute of node.attribute) {
      if (attribute.name !== 'scan_output_axes' && attribute.name !== 'scan_output_directions') continue;
      attribute.ints.push(0n);
      this.#file.changed.add(attribute);
    }
    return this.#output(node, name, given);
  }

  /** A copy among a nested graph's outputs: the value itself may be there already, or come from outside. */
  #handOut(graph: GraphProto, name: string): void {
    const copy = this.fresh(`${name}/seen`);
    graph.node.push(
      create(NodeProtoSchema, { opType: 'Identity', name: copy, input: [name], output: [copy] }),
    );
    graph.output.push(create(ValueInfoProtoSchema, { name: copy }));
  }

  #output(node: NodeProto, name: string, at: number): string {
    const outer = this.fresh(`${name}/out`);
    while (node.output.length < at) node.output.push('');
    node.output.push(outer);
    this.#file.changed.add(node);
    return outer;
  }
}

function NO_WAY({ name, graph }: Value): Refusal {
  return refusal('nested', `${name} is in ${graph.path}, and a run does not hand it out.`);
}
