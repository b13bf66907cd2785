import { Weights } from '../src/formats/tfjs/artifacts';
import type { ModelTensors, TfjsArtifacts } from '../src/tfjs';

/** A layer as `model.json` has it, as far as it is read here. */
interface LayerOf {
  readonly class_name: string;
  readonly config: Readonly<{
    name: string;
    padding?: unknown;
    strides?: readonly [number, number];
    activation?: string;
    epsilon?: number;
    max_value?: number;
  }>;
  readonly inbound_nodes: readonly (readonly (readonly [string])[])[];
}

/** Numbers of one image, [height, width, channels], or of no image, [1, 1, channels]. */
interface Activations {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/**
 * What a layers model of MobileNet's layers makes of one image when everything is computed in float64: the truth, for a model
 * and a mended one, from which the roundings of both are told.
 */
export function inFloat64(artifacts: TfjsArtifacts, inputs: ModelTensors): Float64Array {
  const weights = new Weights(artifacts);
  const { config } = (artifacts.modelTopology as { model_config: { config: { layers: LayerOf[] } } })
    .model_config;
  const made = new Map<string, Activations>();
  let last: Activations | undefined;
  for (const layer of config.layers) {
    const [first, second] = (layer.inbound_nodes[0] ?? []).map(([name]) => made.get(name)!);
    last = first === undefined ? imageOf(inputs) : computed(layer, first, second, weights);
    made.set(layer.config.name, last);
  }
  return last!.data;
}

function imageOf(inputs: ModelTensors): Activations {
  const [{ dims, data }] = Object.values(inputs) as [ModelTensors[string]];
  const [, height, width, channels] = dims as [number, number, number, number];
  return { height, width, channels, data: Float64Array.from(data as Float32Array) };
}

function computed(
  { class_name: kind, config }: LayerOf,
  x: Activations,
  other: Activations | undefined,
  weights: Weights,
): Activations {
  const numbers = (role: string) => weights.read(`${config.name}/${role}`);
  const each = (f: (one: number, i: number) => number) => ({ ...x, data: x.data.map(f) });
  switch (kind) {
    case 'ZeroPadding2D':
      return padded(x, config.padding as Padding);
    case 'Conv2D':
    case 'DepthwiseConv2D': {
      const name = `${config.name}/${kind === 'Conv2D' ? 'kernel' : 'depthwise_kernel'}`;
      const kernel = { shape: weights.spec(name)!.shape, data: weights.read(name)! };
      const isDepthwise = kind !== 'Conv2D';
      return convolved(x, kernel, numbers('bias'), isDepthwise, config.strides!, config.padding === 'same');
    }
    case 'BatchNormalization': {
      const [gamma, beta] = [numbers('gamma')!, numbers('beta')!];
      const [mean, variance] = [numbers('moving_mean')!, numbers('moving_variance')!];
      return each((one, i) => {
        const c = i % x.channels;
        return (gamma[c]! * (one - mean[c]!)) / Math.sqrt(variance[c]! + config.epsilon!) + beta[c]!;
      });
    }
    case 'ReLU':
      return each((one) => Math.min(config.max_value!, Math.max(0, one)));
    case 'Add':
      return each((one, i) => one + other!.data[i]!);
    case 'AveragePooling2D': {
      const data = new Float64Array(x.channels);
      for (const [i, one] of x.data.entries()) data[i % x.channels]! += one / (x.height * x.width);
      return { height: 1, width: 1, channels: x.channels, data };
    }
    case 'Flatten':
    case 'Dropout':
      return { height: 1, width: 1, channels: x.data.length, data: x.data };
    case 'Dense':
      return dense(x, numbers('kernel')!, numbers('bias')!, config.activation);
    default:
      throw new Error(`no ${kind} is computed here`);
  }
}

type Padding = readonly [readonly [number, number], readonly [number, number]];

function padded({ height, width, channels, data }: Activations, [[top, bottom], [left, right]]: Padding) {
  const wide = { height: height + top + bottom, width: width + left + right, channels };
  const all = new Float64Array(wide.height * wide.width * channels);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    all.set(row, ((y + top) * wide.width + left) * channels);
  }
  return { ...wide, data: all };
}

/** A convolution by its definition, in any order of sums: what float64 loses is far below float32. */
function convolved(
  x: Activations,
  { shape, data: kernel }: { readonly shape: readonly number[]; readonly data: Float64Array },
  bias: Float64Array | null,
  isDepthwise: boolean,
  [strideY, strideX]: readonly [number, number],
  same: boolean,
): Activations {
  const [kernelHeight, kernelWidth, inputs, last] = shape as [number, number, number, number];
  const channels = isDepthwise ? inputs * last : last;
  const along = (size: number, taps: number, stride: number) => {
    const count = same ? Math.ceil(size / stride) : Math.floor((size - taps) / stride) + 1;
    return { count, before: same ? Math.max(0, (count - 1) * stride + taps - size) >> 1 : 0 };
  };
  const rows = along(x.height, kernelHeight, strideY);
  const columns = along(x.width, kernelWidth, strideX);
  const data = new Float64Array(rows.count * columns.count * channels);
  for (let place = 0; place < rows.count * columns.count; place++) {
    const sums = data.subarray(place * channels, (place + 1) * channels);
    if (bias !== null) sums.set(bias);
    for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
      const y = Math.floor(place / columns.count) * strideY + Math.floor(tap / kernelWidth) - rows.before;
      const column = (place % columns.count) * strideX + (tap % kernelWidth) - columns.before;
      if (y < 0 || y >= x.height || column < 0 || column >= x.width) continue;
      const from = (y * x.width + column) * x.channels;
      for (let i = 0; i < inputs; i++) {
        const one = x.data[from + i]!;
        const at = (tap * inputs + i) * last;
        for (let o = 0; o < last; o++) sums[isDepthwise ? i * last + o : o]! += one * kernel[at + o]!;
      }
    }
  }
  return { height: rows.count, width: columns.count, channels, data };
}

function dense(x: Activations, kernel: Float64Array, bias: Float64Array, activation?: string): Activations {
  const sums = bias.slice();
  const { length } = sums;
  for (const [i, one] of x.data.entries()) {
    for (let o = 0; o < length; o++) sums[o]! += one * kernel[i * length + o]!;
  }
  if (activation === 'relu') return { ...x, channels: length, data: sums.map((one) => Math.max(0, one)) };
  if (activation !== 'softmax') throw new Error(`no ${activation} is computed here`);
  const largest = Math.max(...sums);
  const powers = sums.map((one) => Math.exp(one - largest));
  const total = powers.reduce((all, one) => all + one, 0);
  return { ...x, channels: length, data: powers.map((one) => one / total) };
}

/** How far results are from the truth at most. */
export function farthest(results: ModelTensors, truth: Float64Array): number {
  const [{ data }] = Object.values(results) as [ModelTensors[string]];
  return Math.max(...Array.from(data as Float32Array, (one, i) => Math.abs(one - truth[i]!)));
}
