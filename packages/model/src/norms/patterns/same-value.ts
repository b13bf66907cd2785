import { scalarOf } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import type { Graph, Node, Value } from '../../graph/graph';

/** Operators whose results depend on nothing but operands and attributes. */
const PURE = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Sqrt', 'Reciprocal', 'Neg', 'ReduceMean', 'Unsqueeze', 'Square'],
  ...['SquaredDifference', 'Rsqrt', 'Reshape', 'Transpose'],
]);

/**
 * Whether a node only hands its input on, at most in another floating-point type. Who replaces a chain looks at its types;
 * who finds it does not.
 */
export function handsOn(node: Node | null): node is Node & { inputs: readonly [Value] } {
  if (node === null || node.domain !== '' || node.inputs[0] == null) return false;
  if (node.op === 'Identity') return true;
  return node.op === 'Cast' && isFloat(node.inputs[0].type) && isFloat(node.outputs[0]?.type ?? null);
}

function isFloat(type: ElementType | null): boolean {
  return type?.includes('float') ?? false;
}

/** Says which values of a graph are the same: exporters write a subtraction twice, or cast a value for each of its uses. */
export class SameValues {
  readonly #first = new Map<Value, Value>();
  readonly #byContent = new Map<string, Value>();
  readonly #numbers = new Map<Value, number>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) {
      const output = node.outputs[0];
      if (output != null) this.#first.set(output, this.#firstLike(node, output));
    }
  }

  /** The first value that is the same as this one. */
  of(value: Value): Value {
    return this.#first.get(value) ?? value;
  }

  #firstLike(node: Node, output: Value): Value {
    if (handsOn(node)) return this.of(node.inputs[0]);
    const scalar = node.op === 'Constant' ? scalarOf(output.constant) : null;
    if (scalar === null && (node.domain !== '' || !PURE.has(node.op))) return output;
    const content =
      scalar === null
        ? JSON.stringify([
            node.op,
            node.inputs.map((one) => one && this.#number(this.of(one))),
            attributesOf(node),
          ])
        : `${output.type} ${output.shape} ${scalar}`;
    const known = this.#byContent.get(content);
    if (known === undefined) this.#byContent.set(content, output);
    return known ?? output;
  }

  #number(value: Value): number {
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return number;
  }
}

function attributesOf({ attributes }: Node): [string, unknown][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}
