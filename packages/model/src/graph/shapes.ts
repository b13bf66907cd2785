import type { ElementType } from './element-type';
import { evaluated, listOf, unsqueezed } from './evaluate';
import { type Dimension, type Graph, type Node, numberOf, numbersOf } from './graph';
import { sizesIn } from './sizes';

type Shape = readonly Dimension[];

/**
 * Types and shapes of a graph's values, as far as the operators around normalizations tell them. What the file itself says
 * stands; what is not known stays null. A symbolic size is followed by its name.
 */
export function inferShapes(graph: Graph): void {
  for (const node of graph.nodes) {
    if (node.domain !== '' && !CONTRIB.has(node.op)) continue;
    const [first, ...rest] = node.outputs;
    if (first != null) {
      if (first.constant !== null) {
        first.type = first.constant.type;
        first.shape = first.constant.shape;
        continue;
      }
      first.type ??= typeOfResult(node);
      const inferred = shapeOfResult(node);
      first.shape = first.shape === null ? inferred : more(first.shape, inferred);
    }
    for (const [i, other] of rest.entries()) {
      if (other === null || node.op !== 'Split') continue;
      other.type ??= first?.type ?? null;
      if (first?.shape) {
        const axis = axisOf(node, 0, first.shape.length);
        const sizes = listGiven(node, 'split', 1);
        other.shape ??= first.shape.with(axis, sizes === null ? first.shape[axis]! : (sizes[i + 1] ?? null));
      }
    }
  }
}

/** What the file says, with its unknown sizes filled in. */
function more(given: Shape, inferred: Shape | null): Shape {
  if (inferred === null || inferred.length !== given.length) return given;
  return given.map((size, axis) => (typeof size === 'number' ? size : (inferred[axis] ?? size)));
}

const CONTRIB = new Set(['FusedConv', 'FusedGemm', 'Gelu', 'FastGelu', 'BiasGelu', 'QuickGelu']);

const COMPARISONS = new Set([
  ...[
    'Equal',
    'Less',
    'Greater',
    'LessOrEqual',
    'GreaterOrEqual',
    'Not',
    'And',
    'Or',
    'Xor',
    'IsNaN',
    'IsInf',
  ],
]);

function typeOfResult(node: Node): ElementType | null {
  if (node.op === 'Cast') return (node.attributes.to as ElementType | undefined) ?? null;
  if (COMPARISONS.has(node.op)) return 'bool';
  if (['Shape', 'Size', 'NonZero', 'ArgMax', 'ArgMin'].includes(node.op)) return 'int64';
  if (node.op === 'Where') return node.inputs[1]?.type ?? null;
  if (node.op === 'ConstantOfShape') return evaluated(node.outputs[0]!)?.type ?? 'float32';
  return SHAPES[node.op] === undefined ? null : (node.inputs[0]?.type ?? null);
}

function shapeOfResult(node: Node): Shape | null {
  return SHAPES[node.op]?.(node) ?? null;
}

const shapeOf = (node: Node, i = 0): Shape | null => node.inputs[i]?.shape ?? null;
const same = (node: Node): Shape | null => shapeOf(node);

function axisOf(node: Node, otherwise: number, rank: number): number {
  const axis = numberOf(node, 'axis', otherwise);
  return axis < 0 ? axis + rank : axis;
}

/** A list that is an attribute in older versions and an input in newer ones. */
export function listGiven(node: Node, name: string, input: number): readonly number[] | null {
  return numbersOf(node, name) ?? listOf(evaluated(node.inputs[input] ?? null));
}

function broadcastShapes(...shapes: (Shape | null)[]): Shape | null {
  if (shapes.some((shape) => shape === null)) return null;
  const known = shapes as Shape[];
  const rank = Math.max(...known.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = known.map((shape) => {
      const at = axis - rank + shape.length;
      return at < 0 ? 1 : shape[at]!;
    });
    const large = sizes.find((size) => typeof size === 'number' && size !== 1);
    if (large !== undefined) return large;
    const other = sizes.filter((size) => size !== 1);
    if (other.length === 0) return 1;
    return other.every((size) => size === other[0]) ? other[0]! : null;
  });
}

const elementwise = (node: Node) => broadcastShapes(...node.inputs.map((input) => input?.shape ?? null));

/** Sums, means and their like over axes. */
function reduction(node: Node): Shape | null {
  const x = shapeOf(node);
  if (x === null) return null;
  const given = listGiven(node, 'axes', 1);
  if (given === null && node.inputs[1] != null) return null;
  if (given === null && numberOf(node, 'noop_with_empty_axes', 0) === 1) return x;
  const axes = new Set(
    (given ?? x.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + x.length : axis)),
  );
  return numberOf(node, 'keepdims', 1) === 1
    ? x.map((size, axis) => (axes.has(axis) ? 1 : size))
    : x.filter((_, axis) => !axes.has(axis));
}

/** One output size of a convolution or pool; null where padding is chosen by the runtime. */
function convolution(node: Node, channels: Dimension, kernel: readonly Dimension[] | null): Shape | null {
  const x = shapeOf(node);
  if (x === null) return null;
  const auto = node.attributes.auto_pad ?? 'NOTSET';
  const strides = numbersOf(node, 'strides');
  const dilations = numbersOf(node, 'dilations');
  const pads = numbersOf(node, 'pads');
  const ceil = numberOf(node, 'ceil_mode', 0) === 1;
  const spatial = x.slice(2).map((size, i): Dimension => {
    const k = kernel?.[i];
    if (typeof size !== 'number' || typeof k !== 'number') return null;
    const stride = strides?.[i] ?? 1;
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return Math.ceil(size / stride);
    const reach = (k - 1) * (dilations?.[i] ?? 1) + 1;
    const padded = size + (pads?.[i] ?? 0) + (pads?.[i + x.length - 2] ?? 0);
    return ceil ? null : Math.floor((padded - reach) / stride) + 1;
  });
  return [x[0]!, channels, ...spatial];
}

function matMul(node: Node): Shape | null {
  const a = shapeOf(node, 0);
  const b = shapeOf(node, 1);
  if (a === null || b === null || a.length === 0 || b.length === 0) return null;
  if (b.length === 1) return a.slice(0, -1);
  if (a.length === 1) return [...b.slice(0, -2), b[b.length - 1]!];
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  return batch && [...batch, a[a.length - 2]!, b[b.length - 1]!];
}

function reshape(node: Node): Shape | null {
  const x = shapeOf(node);
  const target: Shape | null = numbersOf(node, 'shape') ?? sizesIn(node.inputs[1] ?? null);
  if (target === null) {
    const sizes = node.inputs[1]?.shape;
    return sizes?.length === 1 && typeof sizes[0] === 'number' && sizes[0] <= 16
      ? new Array<null>(sizes[0]).fill(null)
      : null;
  }
  const sizes = target.map(
    (size, axis): Dimension =>
      size === 0 && numberOf(node, 'allowzero', 0) === 0 ? (x?.[axis] ?? null) : size,
  );
  const free = sizes.indexOf(-1);
  if (free < 0) return sizes;
  const rest = sizes.filter((_, axis) => axis !== free);
  const whole = x && productOf(x);
  const known = productOf(rest);
  if (whole && known && whole.symbols === known.symbols && whole.number % known.number === 0) {
    return sizes.with(free, whole.number / known.number);
  }
  return sizes.with(free, null);
}

/** A product of sizes: the known ones multiplied, the names of the others. */
function productOf(shape: Shape): { number: number; symbols: string } | null {
  if (shape.includes(null)) return null;
  let number = 1;
  const symbols: string[] = [];
  for (const size of shape) {
    if (typeof size === 'number') number *= size;
    else symbols.push(size!);
  }
  return number > 0 ? { number, symbols: symbols.sort().join('*') } : null;
}

function flatten(node: Node): Shape | null {
  const x = shapeOf(node);
  if (x === null) return null;
  const axis = axisOf(node, 1, x.length);
  const size = (part: Shape): Dimension =>
    part.length === 1
      ? part[0]!
      : part.every((one) => typeof one === 'number')
        ? part.reduce<number>((product, one) => product * (one as number), 1)
        : null;
  return [size(x.slice(0, axis)), size(x.slice(axis))];
}

function gather(node: Node): Shape | null {
  const x = shapeOf(node);
  const indices = shapeOf(node, 1);
  if (x === null || indices === null) return null;
  const axis = axisOf(node, 0, x.length);
  return [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)];
}

function concat(node: Node): Shape | null {
  const shapes = node.inputs.map((input) => input?.shape ?? null);
  const first = shapes[0];
  if (first == null || shapes.some((shape) => shape?.length !== first.length)) return null;
  const axis = axisOf(node, 0, first.length);
  return first.map((size, i) => {
    if (i !== axis) return shapes.map((shape) => shape![i]!).find((one) => typeof one === 'number') ?? size;
    const sizes = shapes.map((shape) => shape![axis]!);
    return sizes.every((one) => typeof one === 'number')
      ? (sizes as number[]).reduce((sum, one) => sum + one, 0)
      : null;
  });
}

function slice(node: Node): Shape | null {
  const x = shapeOf(node);
  if (x === null) return null;
  const starts = listGiven(node, 'starts', 1);
  const axes = listGiven(node, 'axes', 3) ?? starts?.map((_, i) => i);
  if (axes === undefined) return x.map(() => null);
  if (x.length === 1) return [sizesIn(node.outputs[0] ?? null)?.length ?? null];
  const cut = new Set(axes.map((axis) => (axis < 0 ? axis + x.length : axis)));
  return x.map((size, axis) => (cut.has(axis) ? null : size));
}

function pad(node: Node): Shape | null {
  const x = shapeOf(node);
  const pads = listGiven(node, 'pads', 1);
  const whole = pads?.length === 2 * (x?.length ?? 0) && node.inputs[3] == null;
  return (
    x?.map((size, axis) =>
      typeof size === 'number' && whole ? size + pads![axis]! + pads![axis + x.length]! : null,
    ) ?? null
  );
}

function split(node: Node): Shape | null {
  const x = shapeOf(node);
  if (x === null) return null;
  const axis = axisOf(node, 0, x.length);
  const sizes = listGiven(node, 'split', 1);
  const size = x[axis];
  const parts = node.outputs.length;
  const even = node.inputs[1] == null && typeof size === 'number' && size % parts === 0 ? size / parts : null;
  return x.with(axis, sizes?.[0] ?? even);
}

const SAME = [
  ...[
    'Identity',
    'Cast',
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Tanh',
    'Erf',
    'Elu',
  ],
  ...[
    'Selu',
    'Celu',
    'Gelu',
    'Mish',
    'Softplus',
    'Softsign',
    'Softmax',
    'LogSoftmax',
    'Clip',
    'Dropout',
    'Sqrt',
  ],
  ...[
    'Reciprocal',
    'Neg',
    'Exp',
    'Log',
    'Abs',
    'Floor',
    'Ceil',
    'Round',
    'Sign',
    'Sin',
    'Cos',
    'Not',
    'CumSum',
  ],
  ...['BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'SimplifiedLayerNormalization'],
  ...[
    'RMSNormalization',
    'GroupNormalization',
    'MeanVarianceNormalization',
    'LpNormalization',
    'LRN',
    'FastGelu',
  ],
  // TensorFlow's.
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'Relu6', 'Rsqrt', 'Square'],
  ...['BiasGelu', 'QuickGelu', 'ThresholdedRelu', 'Trilu', 'DequantizeLinear', 'ScatterND', 'IsNaN', 'IsInf'],
];

const ELEMENTWISE = [
  ...[
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'SquaredDifference',
    'Max',
    'Min',
    'Sum',
    'Mean',
    'Where',
    'Equal',
    'Less',
    'Greater',
  ],
  ...['LessOrEqual', 'GreaterOrEqual', 'And', 'Or', 'Xor', 'Mod'],
];

const REDUCTIONS = ['Mean', 'Sum', 'SumSquare', 'Max', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp'];

const SHAPES: Readonly<Record<string, (node: Node) => Shape | null>> = {
  ...Object.fromEntries(SAME.map((op) => [op, same])),
  ...Object.fromEntries(ELEMENTWISE.map((op) => [op, elementwise])),
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, reduction])),
  Conv: (node) => convolution(node, shapeOf(node, 1)?.[0] ?? null, shapeOf(node, 1)?.slice(2) ?? null),
  FusedConv: (node) => convolution(node, shapeOf(node, 1)?.[0] ?? null, shapeOf(node, 1)?.slice(2) ?? null),
  MaxPool: (node) => convolution(node, shapeOf(node)?.[1] ?? null, numbersOf(node, 'kernel_shape')),
  AveragePool: (node) => convolution(node, shapeOf(node)?.[1] ?? null, numbersOf(node, 'kernel_shape')),
  ConvTranspose: (node) => {
    const w = shapeOf(node, 1)?.[1];
    const channels = typeof w === 'number' ? w * numberOf(node, 'group', 1) : null;
    const x = shapeOf(node);
    return x && [x[0]!, channels, ...x.slice(2).map(() => null)];
  },
  GlobalAveragePool: (node) => shapeOf(node)?.map((size, axis) => (axis < 2 ? size : 1)) ?? null,
  GlobalMaxPool: (node) => shapeOf(node)?.map((size, axis) => (axis < 2 ? size : 1)) ?? null,
  Gemm: (node) => {
    const rows = shapeOf(node)?.[numberOf(node, 'transA', 0)] ?? null;
    return [rows, shapeOf(node, 1)?.[1 - numberOf(node, 'transB', 0)] ?? null];
  },
  FusedGemm: (node) => [
    shapeOf(node)?.[numberOf(node, 'transA', 0)] ?? null,
    shapeOf(node, 1)?.[1 - numberOf(node, 'transB', 0)] ?? null,
  ],
  MatMul: matMul,
  Reshape: reshape,
  Flatten: flatten,
  Transpose: (node) => {
    const x = shapeOf(node);
    const order = numbersOf(node, 'perm');
    if (x === null) return null;
    return order === null ? [...x].reverse() : order.map((axis) => x[axis] ?? null);
  },
  Unsqueeze: (node) => {
    const axes = listGiven(node, 'axes', 1);
    const x = shapeOf(node);
    return axes && x && unsqueezed<Dimension>(x, axes);
  },
  Squeeze: (node) => {
    const axes = listGiven(node, 'axes', 1);
    const x = shapeOf(node);
    if (axes === null || x === null) return null;
    const gone = new Set(axes.map((axis) => (axis < 0 ? axis + x.length : axis)));
    return x.filter((_, axis) => !gone.has(axis));
  },
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Split: split,
  Pad: pad,
  Resize: (node) => shapeOf(node)?.map((size, axis) => (axis < 2 ? size : null)) ?? null,
  Upsample: (node) => shapeOf(node)?.map((size, axis) => (axis < 2 ? size : null)) ?? null,
  Shape: (node) => [shapeOf(node)?.length ?? null],
  Expand: (node) => {
    const target = sizesIn(node.inputs[1] ?? null);
    return target && broadcastShapes(shapeOf(node), target);
  },
  ConstantOfShape: (node) => sizesIn(node.inputs[0] ?? null),
};
