import { NormError } from '@normlayers/core';
import { constantOf } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import type { AttributeValue, Graph, Node, Value } from '../../graph/graph';
import { inferShapes } from '../../graph/shapes';
import { type TfjsArtifacts, Weights } from './artifacts';

/** A NodeDef as `model.json` has it. */
interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<
    Record<
      string,
      { readonly i?: string | number; readonly f?: number; readonly b?: boolean; readonly s?: unknown }
    >
  >;
}

interface GraphDef {
  readonly node?: readonly NodeDef[];
  readonly library?: { readonly function?: readonly FunctionDef[] };
}

interface FunctionDef {
  readonly signature: { readonly name: string; readonly inputArg?: readonly { readonly name: string }[] };
  readonly nodeDef?: readonly NodeDef[];
  readonly ret?: Readonly<Record<string, string>>;
}

/** TensorFlow's operators by the names that the patterns have. */
const NAMES: Readonly<Record<string, string>> = {
  AddV2: 'Add',
  BiasAdd: 'Add',
  RealDiv: 'Div',
  Mean: 'ReduceMean',
  Inv: 'Reciprocal',
  ExpandDims: 'Unsqueeze',
  IdentityN: 'Identity',
};

/**
 * The graphs of a TensorFlow.js graph model: the main one, and its functions.
 *
 * @throws NormError `file` where the topology is no graph.
 */
export function tfjsGraphs(artifacts: TfjsArtifacts): Graph[] {
  const topology = artifacts.modelTopology as GraphDef | undefined;
  if (!Array.isArray(topology?.node)) throw new NormError('file', 'the topology has no list of nodes.');
  const weights = new Weights(artifacts);
  const { library } = topology;
  const functions = library?.function ?? [];
  return [
    graphOf('', topology.node, [], weights, []),
    ...functions.map(({ signature, nodeDef = [], ret = {} }) =>
      graphOf(
        `function ${signature.name}`,
        nodeDef,
        (signature.inputArg ?? []).map(({ name }) => name),
        weights,
        Object.values(ret),
      ),
    ),
  ];
}

/** `name:output:0` of functions and `name:0` of graphs are the name and which output; `^name` only orders. */
function reference(input: string): { name: string; output: number } | null {
  if (input.startsWith('^')) return null;
  const [name, ...rest] = input.split(':');
  const last = Number(rest.at(-1) ?? 0);
  return { name: name!, output: Number.isInteger(last) ? last : 0 };
}

function graphOf(
  path: string,
  defs: readonly NodeDef[],
  inputs: readonly string[],
  weights: Weights,
  results: readonly string[],
): Graph {
  const values = new Map<string, Value>();
  const nodes: Node[] = [];
  const graph: Graph = { name: path, path, parent: null, nodes, values };
  const valueNamed = (name: string, output: number): Value => {
    const key = output === 0 ? name : `${name}:${output}`;
    const known = values.get(key);
    if (known !== undefined) return known;
    const value: Value = {
      name: key,
      graph,
      producer: null,
      uses: [],
      isOutput: false,
      isInput: inputs.includes(name),
      constant: null,
      type: null,
      shape: null,
    };
    values.set(key, value);
    return value;
  };
  for (const def of ordered(defs)) {
    const taken = (def.input ?? []).flatMap((input) => reference(input) ?? []);
    const own = taken.map(({ name, output }) => valueNamed(name, output));
    const result = valueNamed(def.name, 0);
    const node: Node = {
      name: def.name,
      op: NAMES[def.op] ?? def.op,
      domain: '',
      version: 0,
      graph,
      index: nodes.length,
      inputs: own,
      outputs: [result],
      attributes: attributesOf(def),
    };
    for (const value of own) value.uses.push(node);
    result.producer = node;
    result.type = 'float32';
    const spec = weights.spec(def.name);
    if (spec !== undefined && (def.op === 'Const' || def.op === 'VariableV2')) {
      const numbers = weights.read(def.name);
      result.type = spec.dtype as ElementType;
      result.constant = {
        ...constantOf(spec.dtype as ElementType, spec.shape, numbers!),
        read: () => numbers,
      };
      result.shape = spec.shape;
    }
    nodes.push(node);
  }
  for (const result of results) {
    const ref = reference(result);
    if (ref !== null) valueNamed(ref.name, ref.output).isOutput = true;
  }
  inferShapes(graph);
  return graph;
}

/** Nodes after what they take: model.json lists them in any order. */
function ordered(defs: readonly NodeDef[]): NodeDef[] {
  const byName = new Map(defs.map((def) => [def.name, def]));
  const state = new Map<NodeDef, 'open' | 'done'>();
  const order: NodeDef[] = [];
  for (const root of defs) {
    const stack = [root];
    while (stack.length > 0) {
      const def = stack.at(-1)!;
      if (state.get(def) !== 'open') state.set(def, state.get(def) ?? 'open');
      const next = (def.input ?? [])
        .map((input) => byName.get(reference(input)?.name ?? ''))
        .find((input) => input !== undefined && !state.has(input));
      if (next !== undefined) {
        stack.push(next);
        continue;
      }
      stack.pop();
      if (state.get(def) === 'open') order.push(def);
      state.set(def, 'done');
    }
  }
  return order;
}

function attributesOf({ op, attr = {} }: NodeDef): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, { i, f, b }] of Object.entries(attr)) {
    if (typeof f === 'number') attributes[name] = f;
    else if (i !== undefined) attributes[name] = Number(i);
    else if (typeof b === 'boolean') attributes[name] = b ? 1 : 0;
  }
  if (op === 'Mean') attributes.keepdims = attributes.keep_dims ?? 0;
  return attributes;
}
