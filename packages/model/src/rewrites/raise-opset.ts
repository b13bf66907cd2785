import type { GraphEdit, NewAttribute } from '../formats/onnx/edit';
import type { OnnxGraph, OnnxNode } from '../formats/onnx/read';
import { numberOf, numbersOf } from '../graph/graph';
import { nameOf } from '../graph/spelling';
import { type Refusal, refusal } from '../norms/refusal';

/** How one node is said in a later opset; it writes itself anew. */
type Conversion = (edit: GraphEdit) => void;

/** A model's conversion to a later opset. */
export interface Raise {
  readonly to: number;
  readonly conversions: ReadonlyMap<OnnxGraph, readonly Conversion[]>;
}

/** What to do with a node of ONNX's own when the model passes an opset at which its operator changed its meaning. */
type Rule = (node: OnnxNode, to: number) => Conversion | Refusal | null;

const refuse: Rule = (node) =>
  refusal('opset', `${nameOf(node)} (${node.op}) means something else in a later opset.`);

/** Attributes that became inputs, in this order. */
function attributesToInputs(
  node: OnnxNode,
  names: readonly string[],
  type: 'int64' | 'input',
): Conversion | null {
  if (names.every((name) => node.attributes[name] === undefined)) return null;
  return (edit) => {
    const inputs = [node.inputs[0]!.name];
    for (const name of names) {
      const value = node.attributes[name];
      const numbers = Float64Array.from(typeof value === 'number' ? [value] : ((value as number[]) ?? []));
      const shape = typeof value === 'number' && type === 'input' ? [] : [numbers.length];
      const elements = type === 'int64' ? 'int64' : node.inputs[0]!.type;
      inputs.push(
        value === undefined ? '' : edit.constant(`${nameOf(node)}/${name}`, elements, shape, numbers),
      );
    }
    while (inputs.at(-1) === '') inputs.pop();
    rewritten(edit, node, inputs, {}, names);
  };
}

function rewritten(
  edit: GraphEdit,
  node: OnnxNode,
  inputs: readonly string[],
  attributes: Readonly<Record<string, NewAttribute>>,
  dropped: readonly string[] = [],
): void {
  edit.remove(node);
  edit.like(node, inputs, node.message.output, attributes, dropped);
}

const axesToInput: Rule = (node) => attributesToInputs(node, ['axes'], 'int64');

/** Up to opset 12 all axes from `axis` on; from 13 on the one axis, by default the last. */
const lastAxisOnly: Rule = (node) => {
  const rank = node.inputs[0]?.shape?.length;
  const axis = numberOf(node, 'axis', 1);
  if (axis !== -1 && (rank === undefined || (axis < 0 ? axis + rank : axis) !== rank - 1))
    return refuse(node, 0);
  return (edit) => rewritten(edit, node, node.message.input, { axis: -1 });
};

/** Sizes became an input in opset 13; from 18 on either they or their number has to be there. */
const splitSizes: Rule = (node, to) => {
  const sizes = numbersOf(node, 'split');
  if (sizes !== null) return attributesToInputs(node, ['split'], 'int64');
  if (to < 18 || node.inputs[1] != null || node.attributes.num_outputs !== undefined) return null;
  return (edit) => rewritten(edit, node, node.message.input, { num_outputs: node.message.output.length });
};

/** Only the mask tells the versions apart; in inference the ratio does nothing. */
const dropout: Rule = (node) => {
  if (node.outputs[1] != null && (node.outputs[1].uses.length > 0 || node.outputs[1].isOutput))
    return refuse(node, 0);
  return (edit) => {
    edit.remove(node);
    edit.like(node, [node.inputs[0]!.name], [node.message.output[0]!], {}, ['ratio', 'seed']);
  };
};

const clip: Rule = (node) =>
  node.inputs[0]?.type == null ? refuse(node, 0) : attributesToInputs(node, ['min', 'max'], 'input');

const pad: Rule = (node) => {
  const x = node.inputs[0];
  const pads = numbersOf(node, 'pads');
  if (x?.type == null || pads === null) return refuse(node, 0);
  return (edit) => {
    const inputs = [
      x.name,
      edit.constant(`${nameOf(node)}/pads`, 'int64', [pads.length], Float64Array.from(pads)),
      edit.constant(`${nameOf(node)}/value`, x.type, [], Float64Array.of(numberOf(node, 'value', 0))),
    ];
    rewritten(edit, node, inputs, {}, ['pads', 'value']);
  };
};

const oneOutput: Rule = (node) => (node.message.output.length > 1 ? refuse(node, 0) : null);

const roundedRegion: Rule = (node) =>
  node.attributes.coordinate_transformation_mode === undefined
    ? (edit) =>
        rewritten(edit, node, node.message.input, { coordinate_transformation_mode: 'output_half_pixel' })
    : null;

/** Operators by the first and the last opset that changed what they mean. Source: ONNX's Changelog.md. */
const CHANGES: Readonly<Record<string, readonly [first: number, last: number, rule: Rule]>> = {
  Upsample: [10, 10, refuse],
  Slice: [10, 10, (node) => attributesToInputs(node, ['starts', 'ends', 'axes'], 'int64')],
  TopK: [10, 10, (node) => attributesToInputs(node, ['k'], 'int64')],
  Resize: [11, 11, refuse],
  Scatter: [11, 11, refuse],
  Pad: [11, 11, pad],
  Clip: [11, 11, clip],
  Dropout: [10, 12, dropout],
  Softmax: [13, 13, lastAxisOnly],
  LogSoftmax: [13, 13, lastAxisOnly],
  Hardmax: [13, 13, lastAxisOnly],
  Squeeze: [13, 13, axesToInput],
  Unsqueeze: [13, 13, axesToInput],
  ReduceSum: [13, 13, axesToInput],
  Split: [13, 18, splitSizes],
  BatchNormalization: [14, 14, oneOutput],
  RoiAlign: [16, 16, roundedRegion],
  ...Object.fromEntries(
    ['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map((name) => [
      `Reduce${name}`,
      [18, 18, axesToInput] as const,
    ]),
  ),
  GridSample: [20, 20, refuse],
  DFT: [20, 20, refuse],
  GroupNormalization: [21, 21, refuse],
};

/** Operators of opset 9 and later whose newer versions say the same: more types, more attributes that may be left out. */
const UNCHANGED = new Set([
  ...[
    'Abs',
    'Acos',
    'Acosh',
    'Add',
    'And',
    'ArgMax',
    'ArgMin',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'AveragePool',
  ],
  ...[
    'Bernoulli',
    'BitShift',
    'BitwiseAnd',
    'BitwiseNot',
    'BitwiseOr',
    'BitwiseXor',
    'Cast',
    'CastLike',
    'Ceil',
  ],
  ...[
    'Celu',
    'CenterCropPad',
    'Col2Im',
    'Compress',
    'Concat',
    'Constant',
    'ConstantOfShape',
    'Conv',
    'ConvInteger',
  ],
  ...[
    'ConvTranspose',
    'Cos',
    'Cosh',
    'CumSum',
    'DepthToSpace',
    'DequantizeLinear',
    'Det',
    'Div',
    'Einsum',
    'Elu',
  ],
  ...[
    'DynamicQuantizeLinear',
    'Equal',
    'Erf',
    'Exp',
    'Expand',
    'EyeLike',
    'Flatten',
    'Floor',
    'GRU',
    'Gather',
  ],
  ...[
    'GatherElements',
    'GatherND',
    'Gelu',
    'Gemm',
    'GlobalAveragePool',
    'GlobalLpPool',
    'GlobalMaxPool',
    'Greater',
  ],
  ...[
    'GreaterOrEqual',
    'HardSigmoid',
    'HardSwish',
    'Identity',
    'If',
    'InstanceNormalization',
    'IsInf',
    'IsNaN',
  ],
  ...[
    'LRN',
    'LSTM',
    'LayerNormalization',
    'LeakyRelu',
    'Less',
    'LessOrEqual',
    'Log',
    'Loop',
    'LpNormalization',
  ],
  ...[
    'LpPool',
    'MatMul',
    'MatMulInteger',
    'Max',
    'MaxPool',
    'MaxUnpool',
    'Mean',
    'MeanVarianceNormalization',
    'Min',
  ],
  ...[
    'Mish',
    'Mod',
    'Mul',
    'Multinomial',
    'Neg',
    'NonMaxSuppression',
    'NonZero',
    'Not',
    'OneHot',
    'Or',
    'PRelu',
  ],
  ...['Pow', 'QLinearConv', 'QLinearMatMul', 'QuantizeLinear', 'RMSNormalization', 'RNN', 'RandomNormal'],
  ...['RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Range', 'Reciprocal', 'Relu', 'Reshape'],
  ...[
    'ReverseSequence',
    'Round',
    'Scan',
    'ScatterElements',
    'ScatterND',
    'Selu',
    'Shape',
    'Shrink',
    'Sigmoid',
    'Sign',
  ],
  ...[
    'SimplifiedLayerNormalization',
    'Sin',
    'Sinh',
    'Size',
    'Softplus',
    'Softsign',
    'SpaceToDepth',
    'Sqrt',
    'Sub',
  ],
  ...['Sum', 'Tan', 'Tanh', 'ThresholdedRelu', 'Tile', 'Transpose', 'Trilu', 'Unique', 'Where', 'Xor'],
]);

/** Plans the conversion of a model's graphs, nested ones included, from one opset to a later one. */
export function planRaise(graphs: readonly OnnxGraph[], from: number, to: number): Raise | Refusal {
  const conversions = new Map<OnnxGraph, Conversion[]>();
  for (const graph of graphs) {
    for (const node of graph.nodes) {
      if (node.domain !== '') continue;
      const planned = conversionOf(node, from, to);
      if (planned === null) continue;
      if ('reason' in planned) return planned;
      const list = conversions.get(graph);
      if (list === undefined) conversions.set(graph, [planned]);
      else list.push(planned);
    }
  }
  return { to, conversions };
}

function conversionOf(node: OnnxNode, from: number, to: number): Conversion | Refusal | null {
  const change = Object.hasOwn(CHANGES, node.op) ? CHANGES[node.op]! : null;
  if (change === null) {
    return UNCHANGED.has(node.op)
      ? null
      : refusal(
          'opset',
          `whether ${nameOf(node)} (${node.op}) means the same in opset ${to} is not known here.`,
        );
  }
  const [first, last, rule] = change;
  return from < last && to >= first ? rule(node, to) : null;
}
