import type { GraphModelEdit } from '../../formats/tfjs/edit';
import { type TfjsNode, textOf, textsOf } from '../../formats/tfjs/graph';
import type { AttrValue } from '../../formats/tfjs/graph-def';
import { evaluated } from '../../graph/evaluate';
import { isOp, type Node, numberOf } from '../../graph/graph';
import { parameterNumbers } from '../../norms/operators';
import { type Refusal, refusal } from '../../norms/refusal';
import type { Fold, FoldFormat } from '../fold/find-folds';
import type { Layer } from '../fold/linear-layer';
import { affineScaling, type Scaling, scaleAndShift } from '../scaling';
import { referenceTo } from './fuse-graph-model';

export const FUSED_BATCH_NORMS = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'];

/** TensorFlow's default of FusedBatchNorm. */
export const BATCH_NORM_EPSILON = 1e-4;

/** A layer's operator, the one of the same layer with a bias, and how its weights are laid out. */
const LAYERS: Readonly<Record<string, { readonly biased: string; readonly layout: Layer['layout'] }>> = {
  Conv2D: { biased: '_FusedConv2D', layout: 'keras-conv' },
  _FusedConv2D: { biased: '_FusedConv2D', layout: 'keras-conv' },
  DepthwiseConv2dNative: { biased: 'FusedDepthwiseConv2dNative', layout: 'keras-depthwise' },
  FusedDepthwiseConv2dNative: { biased: 'FusedDepthwiseConv2dNative', layout: 'keras-depthwise' },
  MatMul: { biased: '_FusedMatMul', layout: 'keras-dense' },
  _FusedMatMul: { biased: '_FusedMatMul', layout: 'keras-dense' },
};

const isMatMul = (node: Node) => isOp(node, 'MatMul', '_FusedMatMul');

/** TensorFlow's operators in graph models, channels last. */
export const GRAPH_MODEL: FoldFormat = {
  linear: Object.keys(LAYERS),
  layerOf: (node) => layerOf(node as TfjsNode),
  inputAxis: (node) => (isMatMul(node) ? 1 : 3),
  scalingOf: (node) =>
    isOp(node, ...FUSED_BATCH_NORMS) ? batchNormScaling(node as TfjsNode) : affineScaling(node),
  isBatchNorm: (node) => isOp(node, ...FUSED_BATCH_NORMS),
};

function batchNormScaling(node: TfjsNode): Scaling | Refusal | null {
  const [x, ...parameters] = node.inputs;
  const [y] = node.outputs;
  if (x == null || y == null) return null;
  if (numberOf(node, 'is_training', 1) === 1) {
    return refusal('training-mode', `${node.name} takes the statistics of its batch.`);
  }
  if (node.outputs.slice(1).some((other) => other != null && (other.isOutput || other.uses.length > 0))) {
    return refusal('used-elsewhere', `the statistics that ${node.name} hands on are used.`);
  }
  if (textOf(node.def, 'data_format') === 'NCHW') {
    return refusal('channel-axis', `${node.name} has its channels on axis 1.`);
  }
  const [gamma, beta, mean, variance] = parameters.map(parameterNumbers);
  if (gamma == null || beta == null || mean == null || variance == null) {
    return refusal('parameter-computed', `parameters of ${node.name} are computed, or not at hand.`);
  }
  const epsilon = numberOf(node, 'epsilon', BATCH_NORM_EPSILON);
  return { node, x, y, ...scaleAndShift(gamma, beta, mean, variance, epsilon), axis: 3, isBatchNorm: true };
}

function layerOf(node: TfjsNode): Layer | Refusal {
  const { layout } = LAYERS[node.op]!;
  const [x, weightValue, biasValue] = node.inputs;
  const [y] = node.outputs;
  const constant = evaluated(weightValue ?? null);
  if (x == null || y == null || constant === null || constant.type !== 'float32') {
    return refusal('weights-computed', `the weights of ${node.name} are computed or not at hand.`);
  }
  const { shape } = constant;
  const isDense = isMatMul(node);
  if (shape.length !== (isDense ? 2 : 4)) {
    return refusal('unknown-rank', `the weights of ${node.name} have shape [${shape}].`);
  }
  if (textOf(node.def, 'data_format') === 'NCHW') {
    return refusal('channel-axis', `${node.name} has its channels on axis 1.`);
  }
  if (numberOf(node, 'transpose_a', 0) === 1 || numberOf(node, 'transpose_b', 0) === 1) {
    return refusal('channel-axis', `an operand of ${node.name} is transposed.`);
  }
  const [fused, ...activations] = textsOf(node.def, 'fused_ops');
  if (activations.length > 0 || (fused !== undefined && fused !== 'BiasAdd')) {
    return refusal('no-linear-layer', `${node.name} applies ${activations[0] ?? fused} to its result.`);
  }
  const bias = fused === undefined ? null : (evaluated(biasValue ?? null)?.read() ?? null);
  if (fused !== undefined && bias === null) {
    return refusal('weights-computed', `the bias of ${node.name} is computed or not at hand.`);
  }
  const outputs = layout === 'keras-depthwise' ? shape[2]! * shape[3]! : shape.at(-1)!;
  // A kernel of one position reaches nowhere.
  const padded = !isDense && textOf(node.def, 'padding') !== 'VALID' && shape[0]! * shape[1]! > 1;
  return {
    node,
    x,
    y,
    type: 'float32',
    weightName: weightValue!.name,
    shape,
    weight: constant,
    bias,
    layout,
    groups: groupsOf(node, shape),
    outputs,
    axis: isDense ? 1 : 3,
    padded,
    biasNode: null,
  };
}

/** Of a grouped convolution: TensorFlow tells them by the sizes alone. */
function groupsOf(node: TfjsNode, shape: readonly number[]): number {
  const channels = node.inputs[0]?.shape?.[3];
  if (!isOp(node, 'Conv2D', '_FusedConv2D') || typeof channels !== 'number') return 1;
  return channels / shape[2]!;
}

/** Writes the layer anew, with a bias. It gives what the last scaling gave, under that name. */
export function applyGraphModelFold({ layer, before, after, folded }: Fold, edit: GraphModelEdit): void {
  const { weight, bias } = folded;
  const node = layer.node as TfjsNode;
  const output = (after.at(-1)?.y ?? layer.y).name;
  const place = (after.at(-1)?.node ?? node) as TfjsNode;
  const input = referenceTo(before[0]?.x ?? layer.x);
  for (const scaling of [...before, ...after]) edit.remove(scaling.node as TfjsNode);
  edit.remove(node);
  const weightName = edit.constant(place, `${layer.weightName}/folded`, layer.shape, weight.read()!);
  const biasName = edit.constant(place, `${output}/bias`, [layer.outputs], bias);
  const attr: Record<string, AttrValue> = {
    ...node.def.attr,
    fused_ops: { list: { s: [btoa('BiasAdd')] } },
    num_args: { i: '1' },
    epsilon: { f: 0 },
  };
  edit.node(place, LAYERS[node.op]!.biased, [input, weightName, biasName], output, attr);
}
