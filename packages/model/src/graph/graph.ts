import type { Constant } from './constant';
import type { ElementType } from './element-type';

/** A size, a symbolic one's name, or null where nothing is known. Two names that are equal are one size. */
export type Dimension = number | string | null;

/** A tensor that flows through a graph. */
export interface Value {
  readonly name: string;
  /** The graph that makes it; a nested graph may use it. */
  readonly graph: Graph;
  producer: Node | null;
  /** One entry for each input that takes it, in this graph or in one nested in it. */
  readonly uses: Node[];
  isOutput: boolean;
  isInput: boolean;
  /** The numbers, where the file holds them and nothing can replace them. */
  constant: Constant | null;
  type: ElementType | null;
  /** null: not even the rank is known. */
  shape: readonly Dimension[] | null;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | Constant | Graph;

/** One operation of a graph, whatever the format. */
export interface Node {
  readonly name: string;
  readonly op: string;
  /** '' is ONNX's own. */
  readonly domain: string;
  /** The version of its domain's operators that the model asks for. */
  readonly version: number;
  readonly graph: Graph;
  /** Its place in the order of the graph. */
  readonly index: number;
  /** null where an optional input is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Graph {
  readonly name: string;
  /** Where the graph stands in the model: '' for the main graph, `node/attribute` for a nested one, `function name`. */
  readonly path: string;
  readonly parent: Graph | null;
  readonly nodes: readonly Node[];
  readonly values: ReadonlyMap<string, Value>;
}

/** The only user of a value, if it has one and nothing else looks at it. */
export function onlyUse(value: Value): Node | null {
  return value.uses.length === 1 && !value.isOutput ? value.uses[0]! : null;
}

/** An attribute's number, or the default. */
export function numberOf(node: Node, name: string, otherwise: number): number {
  const value = node.attributes[name];
  return typeof value === 'number' ? value : otherwise;
}

/** An attribute's list of numbers, or null. */
export function numbersOf(node: Node, name: string): readonly number[] | null {
  const value = node.attributes[name];
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
    ? (value as readonly number[])
    : null;
}

/** Whether a node is ONNX's own operator of that name (or of one of those names). */
export function isOp(node: Node, ...names: string[]): boolean;
export function isOp(node: Node | null | undefined, ...names: string[]): node is Node;
export function isOp(node: Node | null | undefined, ...names: string[]): boolean {
  return node != null && node.domain === '' && names.includes(node.op);
}
