import { piecesOf } from '../../graph/constant';
import { type Graph, isOp, type Node, numberOf, onlyUse } from '../../graph/graph';
import { isRefusal, type Refusal, refusal } from '../../norms/refusal';
import { type Scaling, scalingOf } from '../scaling';
import { type FoldedNumbers, foldedNumbers, LARGEST, largestOf } from './folded-numbers';
import { type Layer, layerOf, onChannels } from './linear-layer';

/** A convolution or dense layer with what is folded into it from either side. */
export interface Fold {
  readonly layer: Layer;
  readonly before: readonly Scaling[];
  readonly after: readonly Scaling[];
  /** Nodes that hand channels on unchanged: between the scalings before and the layer. */
  readonly flatten: Node | null;
  readonly folded: FoldedNumbers;
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
    const folded = foldedNumbers(layer, first, then);
    if (isRefusal(folded)) return folded;
    const pieces = piecesOf(folded.weight);
    if (pieces === null) {
      return refusal('weights-computed', `the numbers of ${layer.weightName} are not at hand.`);
    }
    const most = LARGEST[layer.type] ?? 0;
    if (!(largestOf(pieces) <= most && largestOf([folded.bias]) <= most)) {
      return refusal('overflow', `the folded weights of ${layer.weightName} are beyond ${layer.type}.`);
    }
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
