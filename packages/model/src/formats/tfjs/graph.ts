import type { Constant } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { evaluated, listOf } from '../../graph/evaluate';
import type { AttributeValue, Dimension, Graph, Node, Value } from '../../graph/graph';
import { inferShapes } from '../../graph/shapes';
import { type TfjsArtifacts, Weights } from './artifacts';
import { type AttrValue, graphDef, type NodeDef, outputNames, referenceOf } from './graph-def';

/** A node and what it was read from. */
export interface TfjsNode extends Node {
  readonly def: NodeDef;
  readonly graph: TfjsGraph;
}

/** A graph of a graph model: its own, or a function's body. */
export interface TfjsGraph extends Graph {
  readonly nodes: readonly TfjsNode[];
  /** Of a function. */
  readonly functionName: string | null;
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

/** Operators that ONNX has under the same name, with other arguments. */
const OTHERS = new Set([
  ...['MatMul', 'Transpose', 'Squeeze', 'Split', 'Pad', 'Slice', 'Gather', 'Resize', 'Tile', 'Max', 'Min'],
  ...['Sum', 'Prod', 'Where', 'CumSum', 'BiasAdd', 'IdentityN'],
]);

/**
 * The graphs of a TensorFlow.js graph model: the main one, and its functions.
 *
 * @throws NormError `file` where the topology is no graph.
 */
export function tfjsGraphs(artifacts: TfjsArtifacts, weights = new Weights(artifacts)): TfjsGraph[] {
  const { node, library } = graphDef(artifacts);
  const functions = library?.function ?? [];
  return [
    graphOf(null, node, new Map(), weights, outputNames(artifacts) ?? []),
    ...functions.map(({ signature, nodeDef = [], ret = {} }) =>
      graphOf(
        signature.name,
        nodeDef,
        new Map((signature.inputArg ?? []).map(({ name, type }) => [name, type])),
        weights,
        Object.values(ret),
      ),
    ),
  ];
}

function graphOf(
  functionName: string | null,
  defs: readonly NodeDef[],
  inputs: ReadonlyMap<string, AttrValue['type']>,
  weights: Weights,
  results: readonly string[],
): TfjsGraph {
  const values = new Map<string, Value>();
  const nodes: TfjsNode[] = [];
  const path = functionName === null ? '' : `function ${functionName}`;
  const graph: TfjsGraph = { name: path, path, parent: null, nodes, values, functionName };
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
      isInput: inputs.has(name),
      constant: null,
      type: inputs.has(name) ? elementType(inputs.get(name)) : null,
      shape: null,
    };
    values.set(key, value);
    return value;
  };
  for (const def of ordered(defs)) {
    const taken = (def.input ?? []).flatMap((input) => referenceOf(input) ?? []);
    const own = taken.map(({ name, output }) => valueNamed(name, output));
    const result = valueNamed(def.name, 0);
    const outputs = [result];
    const { op, domain, attributes } = operatorOf(def, own);
    const node: TfjsNode = {
      name: def.name,
      op,
      domain,
      version: 0,
      graph,
      index: nodes.length,
      inputs: own,
      outputs,
      attributes,
      def,
    };
    for (const value of own) value.uses.push(node);
    result.producer = node;
    const { dtype, T } = def.attr ?? {};
    result.type = def.op === 'Cast' ? elementType(def.attr?.DstT?.type) : elementType((dtype ?? T)?.type);
    result.shape = shapeSaid(def, own);
    const spec = weights.spec(def.name);
    if (spec !== undefined && (def.op === 'Const' || def.op === 'VariableV2')) {
      const type = spec.dtype as ElementType;
      result.type = type;
      result.shape = spec.shape;
      result.constant = lazyConstant(type, spec.shape, () => weights.read(def.name));
    }
    nodes.push(node);
  }
  outputsBesides(values);
  for (const result of results) markOutput(result);
  // What is run before another for its effects must stay.
  for (const { input = [] } of defs) {
    for (const one of input) if (one.startsWith('^')) markOutput(one.slice(1));
  }
  inferShapes(graph);
  return graph;

  function markOutput(reference: string) {
    const ref = referenceOf(reference);
    if (ref !== null) valueNamed(ref.name, ref.output).isOutput = true;
  }
}

/** Read once, when asked for. */
function lazyConstant(
  type: ElementType,
  shape: readonly number[],
  read: () => Float64Array | null,
): Constant {
  let numbers: Float64Array | null | undefined;
  return {
    type,
    shape,
    read: () => {
      numbers ??= read();
      return numbers;
    },
  };
}

/** Results of a node beside its first. */
function outputsBesides(values: ReadonlyMap<string, Value>): void {
  for (const [key, value] of values) {
    const made = /^(.*):(\d+)$/.exec(key);
    const node = made === null ? null : (values.get(made[1]!)?.producer ?? null);
    if (node === null) continue;
    value.producer = node;
    (node.outputs as (Value | null)[])[Number(made![2])] = value;
  }
}

/** An operator by ONNX's name where it does as ONNX's does, else of a domain of its own. */
function operatorOf(
  def: NodeDef,
  inputs: readonly Value[],
): { op: string; domain: string; attributes: Record<string, AttributeValue> } {
  const attributes = attributesOf(def);
  const renamed = { op: NAMES[def.op] ?? def.op, domain: '', attributes };
  const foreign = { op: def.op, domain: 'tensorflow', attributes };
  switch (def.op) {
    case 'Mean':
      return { ...renamed, attributes: { ...attributes, keepdims: attributes.keep_dims ?? 0 } };
    case 'Reshape':
      return { ...renamed, attributes: { ...attributes, allowzero: 1 } };
    case 'Cast':
      return { ...renamed, attributes: { ...attributes, to: elementType(def.attr?.DstT?.type) ?? 'other' } };
    case 'MatMul':
      return attributes.transpose_a === 1 || attributes.transpose_b === 1 ? foreign : renamed;
    case 'BiasAdd':
      return textOf(def, 'data_format') === 'NCHW' ? foreign : renamed;
    case 'IdentityN':
      return inputs.length === 1 ? renamed : foreign;
    case 'Transpose': {
      const perm = listOf(evaluated(inputs[1] ?? null));
      return perm === null ? foreign : { ...renamed, attributes: { perm } };
    }
    case 'Squeeze': {
      const axes = attributes.squeeze_dims;
      return Array.isArray(axes) && axes.length > 0 ? { ...renamed, attributes: { axes } } : foreign;
    }
    default:
      return OTHERS.has(def.op) ? foreign : renamed;
  }
}

/** Text of an attribute; TensorFlow.js's models have it in base64. */
export function textOf({ attr = {} }: NodeDef, name: string): string | null {
  const text = attr[name]?.s;
  return typeof text === 'string' ? fromBase64(text) : null;
}

/** A list of text. */
export function textsOf({ attr = {} }: NodeDef, name: string): string[] {
  return (attr[name]?.list?.s ?? []).map(fromBase64);
}

function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return text;
  }
}

/** Sizes that the node itself tells: an input's, and the rank and channels of a linear layer's result. */
function shapeSaid({ op, attr = {} }: NodeDef, inputs: readonly Value[]): readonly Dimension[] | null {
  if (op === 'Placeholder') {
    const { dim, unknownRank } = attr.shape?.shape ?? {};
    if (dim === undefined || unknownRank === true) return null;
    return dim.map(({ size }) => (Number(size) < 0 ? null : Number(size)));
  }
  const kernel = inputs[1]?.shape;
  if (op === 'MatMul' || op === '_FusedMatMul') {
    return kernel?.length === 2 ? [null, kernel[attr.transpose_b?.b ? 0 : 1]!] : null;
  }
  if (!(kernel && kernel.length === 4) || textOf({ name: '', op, attr }, 'data_format') === 'NCHW')
    return null;
  if (op === 'Conv2D' || op === '_FusedConv2D') return [null, null, null, kernel[3]!];
  if (op === 'DepthwiseConv2dNative' || op === 'FusedDepthwiseConv2dNative') {
    return [null, null, null, Number(kernel[2]) * Number(kernel[3])];
  }
  return null;
}

/** DataType of TensorFlow's `types.proto`, by number and by name. */
const TYPES: Readonly<Record<string, ElementType>> = {
  1: 'float32',
  DT_FLOAT: 'float32',
  2: 'float64',
  DT_DOUBLE: 'float64',
  3: 'int32',
  DT_INT32: 'int32',
  4: 'uint8',
  DT_UINT8: 'uint8',
  7: 'string',
  DT_STRING: 'string',
  9: 'int64',
  DT_INT64: 'int64',
  10: 'bool',
  DT_BOOL: 'bool',
  19: 'float16',
  DT_HALF: 'float16',
};

/** TensorFlow.js computes with float32 alone: a type that is not said is taken for it. */
function elementType(type: AttrValue['type']): ElementType | null {
  if (type === undefined) return 'float32';
  const known = TYPES[type] ?? null;
  return known?.startsWith('float') ? 'float32' : known;
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
        .map((input) => byName.get(referenceOf(input)?.name ?? ''))
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

function attributesOf({ attr = {} }: NodeDef): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, { i, f, b, list }] of Object.entries(attr)) {
    if (typeof f === 'number') attributes[name] = f;
    else if (i !== undefined) attributes[name] = Number(i);
    else if (typeof b === 'boolean') attributes[name] = b ? 1 : 0;
    else if (list?.i !== undefined) attributes[name] = list.i.map(Number);
  }
  return attributes;
}
