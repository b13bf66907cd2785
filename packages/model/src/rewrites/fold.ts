import type { NormError, Tensor } from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import {
  foldIntoFollowing,
  foldIntoPreceding,
  type LinearLayer,
  type WeightLayout,
} from '@normlayers/core/weights';
import { isWritable } from '../formats/onnx/data-types';
import type { GraphEdit } from '../formats/onnx/edit';
import type { OnnxNode } from '../formats/onnx/read';
import type { ElementType } from '../graph/element-type';
import { evaluated } from '../graph/evaluate';
import { type Graph, isOp, type Node, numberOf, numbersOf, onlyUse, type Value } from '../graph/graph';
import { nameOf } from '../graph/spelling';
import { isRefusal, type Refusal, refusal } from '../norms/refusal';
import type { Change } from './change';
import { composed, type Scaling, scalingOf } from './scaling';

/** A convolution or dense layer with what is folded into it from either side. */
export interface Fold {
  readonly layer: Layer;
  readonly before: readonly Scaling[];
  readonly after: readonly Scaling[];
  /** Nodes that hand channels on unchanged: between the scalings before and the layer. */
  readonly flatten: Node | null;
  /**
   * The layer's numbers with all of them in it, in float64. Computed when asked for and not kept: of a whole model they would
   * take twice its size.
   */
  folded(): { readonly weight: Float64Array; readonly bias: Float64Array };
}

/** A linear layer whose weights the file holds. */
export interface Layer {
  readonly node: Node;
  readonly x: Value;
  readonly y: Value;
  readonly type: ElementType;
  readonly weightName: string;
  readonly shape: readonly number[];
  /** Read when something is folded; null where the numbers are not at hand. */
  readonly weight: () => Float64Array | null;
  /** null: it has none. */
  readonly bias: Float64Array | null;
  readonly layout: WeightLayout;
  readonly groups: number;
  readonly outputs: number;
  /** The axis of its output that the channels are on. */
  readonly axis: number;
  readonly padded: boolean;
  /** An Add of a constant after a MatMul is its bias. */
  readonly biasNode: Node | null;
}

/** What folding has to know of a format's operators. */
export interface FoldFormat {
  /** Those that are linear layers. */
  readonly linear: readonly string[];
  layerOf(node: Node): Layer | Refusal;
  /** The axis of a layer's input that its weights sum over. */
  inputAxis(node: Node): number;
  scalingOf(node: Node): Scaling | Refusal | null;
  isBatchNorm(node: Node): boolean;
}

const ONNX: FoldFormat = {
  linear: ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'],
  layerOf,
  inputAxis: (node) => (node.op === 'MatMul' ? (node.inputs[0]?.shape?.length ?? 0) - 1 : 1),
  scalingOf,
  isBatchNorm: (node) => isOp(node, 'BatchNormalization'),
};

/** What can be folded in a graph, and for each Batch Norm that cannot, why. */
export interface Folds {
  readonly folds: readonly Fold[];
  readonly refused: ReadonlyMap<Node, Refusal & { readonly into?: Node }>;
}

/**
 * Finds every layer with scalings beside it, that is at least one Batch Norm or one product with a number per channel.
 *
 * @param reserved nodes that belong to something else, such as the gamma and beta of a Layer Norm.
 */
export function findFolds(
  graph: Graph,
  reserved: ReadonlySet<Node> = new Set(),
  format: FoldFormat = ONNX,
): Folds {
  const folds: Fold[] = [];
  const taken = new Set<Node>(reserved);
  const refused = new Map<Node, Refusal & { into?: Node }>();
  for (const node of graph.nodes) {
    if (!isOp(node, ...format.linear)) continue;
    const layer = format.layerOf(node);
    const after = scalingsAfter(layer, node, taken, refused, format);
    const { before, flatten } = scalingsBefore(layer, node, taken, refused, format);
    if (isRefusal(layer)) {
      for (const { node: scaling } of [...before, ...after]) refused.set(scaling, { ...layer, into: node });
      continue;
    }
    if (!worthwhile([...before, ...after])) continue;
    const folded = foldInto(layer, before, after, flatten, refused);
    if (folded === null) continue;
    folds.push(folded);
    for (const scaling of [...folded.before, ...folded.after]) {
      taken.add(scaling.node);
      refused.delete(scaling.node);
    }
  }
  for (const node of graph.nodes) {
    if (taken.has(node) || refused.has(node) || !format.isBatchNorm(node)) continue;
    const scaling = format.scalingOf(node);
    refused.set(node, isRefusal(scaling) ? scaling : (whyAlone(node, format) ?? NO_LAYER));
  }
  return { folds, refused };
}

const NO_LAYER = refusal('no-linear-layer', 'no convolution or dense layer is next to it.');

function worthwhile(scalings: readonly Scaling[]): boolean {
  return scalings.some(({ isBatchNorm, scale }) => isBatchNorm || scale.length > 1);
}

/** A layer is there, and something lies between: which moves the channels, or has another use. */
function whyAlone(node: Node, { linear }: FoldFormat): Refusal | null {
  const x = node.inputs[0]!;
  let made = x.producer;
  if (isOp(made, ...linear) && onlyUse(x) === null) {
    return refusal('used-elsewhere', `${x.name} is used elsewhere too.`);
  }
  for (
    let steps = 0;
    steps < 3 && isOp(made, 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Add');
    steps++
  ) {
    made = made.inputs[0]?.producer ?? null;
  }
  return isOp(made, ...linear) && made !== x.producer
    ? refusal(
        'channel-axis',
        `between ${made.name || made.op} and the Batch Norm the channels move to another axis.`,
      )
    : null;
}

/** Scalings that follow a layer, one after the other, on its channels. */
function scalingsAfter(
  layer: Layer | Refusal,
  node: Node,
  taken: ReadonlySet<Node>,
  refused: Map<Node, Refusal & { into?: Node }>,
  format: FoldFormat,
): Scaling[] {
  const found: Scaling[] = [];
  let value = isRefusal(layer) ? node.outputs[0]! : layer.y;
  for (;;) {
    const next = onlyUse(value);
    if (next === null || next.graph !== node.graph || taken.has(next)) return found;
    const scaling = format.scalingOf(next);
    if (scaling === null) return found;
    if (isRefusal(scaling)) {
      refused.set(next, { ...scaling, into: node });
      return found;
    }
    if (scaling.x !== value) return found;
    if (!isRefusal(layer) && !onChannels(scaling, layer.axis, layer.outputs)) {
      if (scaling.isBatchNorm) {
        refused.set(next, {
          ...refusal(
            'channel-axis',
            `its channels are on axis ${scaling.axis}, the layer's on ${layer.axis}.`,
          ),
          into: node,
        });
      }
      return found;
    }
    found.push(scaling);
    value = scaling.y;
  }
}

function onChannels({ axis, scale, shift }: Scaling, channelAxis: number, channels: number): boolean {
  return axis === null || (axis === channelAxis && Math.max(scale.length, shift.length) === channels);
}

/** Scalings that a layer follows, the first one first. */
function scalingsBefore(
  layer: Layer | Refusal,
  node: Node,
  taken: ReadonlySet<Node>,
  refused: Map<Node, Refusal & { into?: Node }>,
  format: FoldFormat,
): { before: Scaling[]; flatten: Node | null } {
  const found: Scaling[] = [];
  let value = node.inputs[0] ?? null;
  let flatten: Node | null = null;
  const made = value?.producer ?? null;
  if (value !== null && isOp(node, 'Gemm', 'MatMul') && isOp(made, 'Flatten') && onlyUse(value) === node) {
    if (numberOf(made, 'axis', 1) === 1 && made.inputs[0] != null) {
      flatten = made;
      value = made.inputs[0];
    }
  }
  const channelAxis = flatten !== null ? 1 : format.inputAxis(node);
  for (;;) {
    const previous = value?.producer ?? null;
    const user = value === null ? null : onlyUse(value);
    if (previous === null || previous.graph !== node.graph || taken.has(previous)) break;
    const scaling = format.scalingOf(previous);
    if (scaling === null || isRefusal(scaling)) break;
    if (user === null || (scaling.axis !== null && scaling.axis !== channelAxis)) {
      if (scaling.isBatchNorm && !refused.has(previous)) {
        const why =
          user === null
            ? refusal('used-elsewhere', `${value!.name} is used elsewhere too.`)
            : refusal(
                'channel-axis',
                `its channels are on axis ${scaling.axis}, the layer takes axis ${channelAxis}.`,
              );
        refused.set(previous, { ...why, into: node });
      }
      break;
    }
    found.unshift(scaling);
    value = scaling.x;
  }
  if (isRefusal(layer)) return { before: found, flatten };
  return { before: worthwhile(found) ? found : [], flatten: worthwhile(found) ? flatten : null };
}

/** Folds in float64 and rounds once. What cannot be folded before the layer is left there. */
function foldInto(
  layer: Layer,
  before: readonly Scaling[],
  after: readonly Scaling[],
  flatten: Node | null,
  refused: Map<Node, Refusal & { into?: Node }>,
): Fold | null {
  const attempt = (first: readonly Scaling[], then: readonly Scaling[]): Fold | Refusal => {
    const numbers = layer.weight();
    if (numbers === null)
      return refusal('weights-computed', `the numbers of ${layer.weightName} are not at hand.`);
    const most = LARGEST[layer.type] ?? 0;
    if (!(first.length === 0 && staysBelow(most, numbers, layer, then))) {
      try {
        const { weight, bias } = foldedNumbers(layer, numbers, first, then);
        if (!(largestOf(weight) <= most && largestOf(bias) <= most)) {
          return refusal('overflow', `the folded weights of ${layer.weightName} are beyond ${layer.type}.`);
        }
      } catch (error) {
        const { code, message } = error as NormError;
        return refusal(code === 'padding' ? 'padding' : 'channel-axis', message);
      }
    }
    const folded = () => foldedNumbers(layer, layer.weight()!, first, then);
    return { layer, before: first, after: then, flatten: first.length > 0 ? flatten : null, folded };
  };
  const refuse = (scalings: readonly Scaling[], why: Refusal) => {
    for (const { node } of scalings) refused.set(node, { ...why, into: layer.node });
  };
  const whole = attempt(before, after);
  if (!isRefusal(whole)) return whole;
  if (before.length > 0) refuse(before, whole);
  if (!worthwhile(after)) return null;
  const half = attempt([], after);
  if (!isRefusal(half)) return half;
  refuse(after, half);
  return null;
}

/** @throws NormError where a layer that pads cannot take in what is before it. */
function foldedNumbers(
  layer: Layer,
  numbers: Float64Array,
  first: readonly Scaling[],
  then: readonly Scaling[],
): { weight: Float64Array; bias: Float64Array } {
  let linear: LinearLayer = {
    weight: float64(numbers, layer.shape),
    bias: float64(layer.bias ?? new Float64Array(layer.outputs), [layer.outputs]),
    layout: layer.layout,
    groups: layer.groups,
  };
  if (first.length > 0) {
    const batchNorm = batchNormOf(first, inputsOf(layer));
    linear = { ...linear, ...foldIntoFollowing(linear, batchNorm, layer.padded) };
  }
  if (then.length > 0) {
    linear = { ...linear, ...foldIntoPreceding(linear, batchNormOf(then, layer.outputs)) };
  }
  return { weight: linear.weight.data as Float64Array, bias: linear.bias!.data as Float64Array };
}

/**
 * Whether the largest weight times the largest scale, and the biases, are below a bound: then all are, and folding need not be
 * tried. (11 convolutions of 104 MB: 1.1 s to inspect for 2.7.)
 */
function staysBelow(most: number, numbers: Float64Array, layer: Layer, then: readonly Scaling[]): boolean {
  // What else could be wrong is for the attempt to find.
  if (layer.groups !== 1 || layer.shape.length < 2 || numbers.length !== sizeOf(layer.shape)) return false;
  const { gamma, beta } = batchNormOf(then, layer.outputs);
  const scale = largestOf(gamma.data as Float64Array);
  const bias = scale * (layer.bias === null ? 0 : largestOf(layer.bias));
  return largestOf(numbers) * scale < most / 2 && bias + largestOf(beta.data as Float64Array) < most / 2;
}

/** The largest magnitude; NaN where one is none. */
function largestOf(numbers: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const one = Math.abs(numbers[i]!);
    if (!(one <= largest)) largest = one;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}

const LARGEST: Partial<Record<ElementType, number>> = {
  float16: 65504,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

function float64(data: Float64Array, shape: readonly number[]): Tensor {
  return { dtype: 'float64', shape, data };
}

function inputsOf({ layout, shape, groups }: Layer): number {
  if (layout === 'onnx-conv') return shape[1]! * groups;
  if (layout === 'keras-conv' || layout === 'keras-depthwise') return shape.at(-2)! * groups;
  return layout === 'onnx-gemm-transposed' ? shape[1]! : shape[0]!;
}

/** Scalings as the Batch Norm that they come to, with mean 0 and variance 1. */
function batchNormOf(scalings: readonly Scaling[], channels: number) {
  const identity = { scale: Float64Array.of(1), shift: Float64Array.of(0), axis: null };
  const { scale, shift } = scalings.reduce<Pick<Scaling, 'scale' | 'shift' | 'axis'>>(composed, identity);
  // Before a dense layer that flattens, each channel stands for all of its positions.
  const wide = (numbers: Float64Array) => {
    const each = channels / numbers.length;
    return float64(
      Float64Array.from({ length: channels }, (_, c) => numbers[Math.floor(c / each)]!),
      [channels],
    );
  };
  return {
    mean: wide(Float64Array.of(0)),
    variance: wide(Float64Array.of(1)),
    gamma: wide(scale),
    beta: wide(shift),
    epsilon: 0,
  };
}

function layerOf(node: Node): Layer | Refusal {
  const [x, weightValue, biasValue] = node.inputs;
  const [y] = node.outputs;
  const weightConstant = evaluated(weightValue ?? null);
  const type = weightConstant?.type ?? null;
  if (x == null || y == null || weightConstant === null || !isWritable(type)) {
    return refusal(
      'weights-computed',
      `the weights of ${node.name || node.op} are computed, quantized or not at hand.`,
    );
  }
  const { shape } = weightConstant;
  const common = {
    node,
    x,
    y,
    type: type!,
    weightName: weightValue!.name,
    shape,
    biasNode: null,
    groups: 1,
    padded: false,
    axis: 1,
  };
  const given = biasValue == null ? null : evaluated(biasValue);
  if (biasValue != null && given === null) {
    return refusal('weights-computed', `the bias of ${node.name || node.op} is computed.`);
  }
  if (isOp(node, 'Gemm')) {
    const transposed = numberOf(node, 'transB', 0) === 1;
    const outputs = shape[transposed ? 0 : 1]!;
    const beta = numberOf(node, 'beta', 1);
    const alpha = numberOf(node, 'alpha', 1);
    const one = given?.read() ?? null;
    const row = given === null || given.shape.length < 2 || given.shape[0] === 1;
    if (given !== null && (one === null || !row || (one.length !== 1 && one.length !== outputs))) {
      return refusal('weights-computed', `the bias of ${node.name || node.op} has shape [${given.shape}].`);
    }
    if (numberOf(node, 'transA', 0) === 1) return refusal('channel-axis', 'its input is transposed.');
    const bias =
      one && Float64Array.from({ length: outputs }, (_, o) => beta * one[one.length === 1 ? 0 : o]!);
    const weight = () => {
      const numbers = weightConstant.read();
      return alpha === 1 ? numbers : (numbers?.map((number) => alpha * number) ?? null);
    };
    return { ...common, weight, bias, outputs, layout: transposed ? 'onnx-gemm-transposed' : 'onnx-gemm' };
  }
  if (isOp(node, 'MatMul')) {
    const rank = y.shape?.length;
    if (shape.length !== 2 || rank === undefined || rank < 2) {
      return refusal('unknown-rank', `the rank of ${y.name} is not known.`);
    }
    const outputs = shape[1]!;
    const matMul: Layer = {
      ...common,
      weight: () => weightConstant.read(),
      bias: null,
      outputs,
      layout: 'onnx-matmul',
      axis: rank - 1,
    };
    const add = onlyUse(y);
    const bias = isOp(add, 'Add') ? scalingOf(add) : null;
    if (bias === null || isRefusal(bias) || bias.x !== y || !onChannels(bias, rank - 1, outputs))
      return matMul;
    const wide = Float64Array.from(
      { length: outputs },
      (_, o) => bias.shift[bias.shift.length === 1 ? 0 : o]!,
    );
    return { ...matMul, bias: wide, biasNode: add, y: bias.y };
  }
  const transposed = node.op === 'ConvTranspose';
  const groups = numberOf(node, 'group', 1);
  const auto = node.attributes.auto_pad ?? 'NOTSET';
  return {
    ...common,
    weight: () => weightConstant.read(),
    bias: given?.read() ?? null,
    groups,
    outputs: transposed ? shape[1]! * groups : shape[0]!,
    layout: transposed ? 'onnx-conv-transpose' : 'onnx-conv',
    padded:
      (auto !== 'NOTSET' && auto !== 'VALID') || (numbersOf(node, 'pads')?.some((pad) => pad !== 0) ?? false),
  };
}

/** Writes the layer anew. It gives what the last scaling gave, under that name. */
export function applyFold({ layer, before, after, flatten, folded }: Fold, edit: GraphEdit): void {
  const { weight, bias } = folded();
  const node = layer.node as OnnxNode;
  const type = layer.type;
  const output = (after.at(-1)?.y ?? layer.y).name;
  let input = layer.x.name;
  const first = before[0];
  if (first !== undefined) {
    input = first.x.name;
    if (flatten !== null) {
      input = edit.fresh(`${layer.x.name}/flat`);
      edit.remove(flatten as OnnxNode);
      edit.node(node, 'Flatten', [first.x.name], [input], { axis: 1 });
    }
  }
  for (const scaling of [...before, ...after]) edit.remove(scaling.node as OnnxNode);
  edit.remove(node);
  if (layer.biasNode !== null) edit.remove(layer.biasNode as OnnxNode);
  const weightName = edit.constant(`${layer.weightName}/folded`, type, layer.shape, weight);
  const needsBias = layer.bias !== null || bias.some((one) => one !== 0);
  const biasName = () => edit.constant(`${output}/bias`, type, [layer.outputs], bias);
  if (!isOp(node, 'MatMul')) {
    // A Gemm's alpha and beta are in its weights now.
    const ones = Object.keys(node.attributes).filter((name) => name === 'alpha' || name === 'beta');
    const attributes = Object.fromEntries(ones.map((name) => [name, { float: 1 }]));
    edit.like(node, [input, weightName, ...(needsBias ? [biasName()] : [])], [output], attributes);
    return;
  }
  const rank = layer.axis + 1;
  if (needsBias && rank === 2) {
    edit.node(node, 'Gemm', [input, weightName, biasName()], [output]);
  } else if (needsBias) {
    const product = edit.fresh(`${output}/product`);
    edit.node(node, 'MatMul', [input, weightName], [product]);
    edit.node(node, 'Add', [product, biasName()], [output]);
  } else {
    edit.node(node, 'MatMul', [input, weightName], [output]);
  }
}

/** A fold as one thing that was changed. */
export function foldChange({ layer, before, after }: Fold): Change {
  return {
    kind: 'fold',
    into: nameOf(layer.node),
    nodes: [...before, ...after].map(({ node }) => nameOf(node)),
    output: (after.at(-1)?.y ?? layer.y).name,
  };
}
