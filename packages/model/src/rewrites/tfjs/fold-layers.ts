import { NormError, type Tensor } from '@normlayers/core';
import {
  foldIntoFollowing,
  foldIntoPreceding,
  type LinearLayer,
  type WeightLayout,
} from '@normlayers/core/weights';
import { type TfjsArtifacts, Weights } from '../../formats/tfjs/artifacts';
import { type LayerConfig, LayerLinks, layerGraphs, layerName } from '../../formats/tfjs/layers';
import { impossible, type Norm } from '../../norms/norm';
import { isRefusal, type Refusal, refusal } from '../../norms/refusal';
import type { Change } from '../change';

/** Layers that take a Batch Norm in: which weight, and how it is laid out. */
const LINEAR: Readonly<Record<string, { readonly weight: string; readonly layout: WeightLayout }>> = {
  Conv1D: { weight: 'kernel', layout: 'keras-conv' },
  Conv2D: { weight: 'kernel', layout: 'keras-conv' },
  Conv3D: { weight: 'kernel', layout: 'keras-conv' },
  Conv2DTranspose: { weight: 'kernel', layout: 'keras-conv-transpose' },
  Dense: { weight: 'kernel', layout: 'keras-dense' },
  DepthwiseConv2D: { weight: 'depthwise_kernel', layout: 'keras-depthwise' },
  // The pointwise half gives the channels.
  SeparableConv2D: { weight: 'pointwise_kernel', layout: 'keras-conv' },
};

export const BATCH_NORMS = ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2'];

/** Keras's default. */
const EPSILON = 1e-3;

export interface FoldedLayers {
  /** The model with what was folded; the very artifacts that came in where nothing was. */
  artifacts(): TfjsArtifacts;
  readonly changes: readonly Change[];
  /** The Batch Norms as they were, with what was done about them. */
  readonly norms: readonly Norm[];
}

/** Folds the Batch Norms of a layers model into the convolutions and dense layers before, or after, them. */
export function foldLayers(artifacts: TfjsArtifacts): FoldedLayers {
  const weights = new Weights(artifacts);
  const { topology, graphs } = layerGraphs(artifacts);
  const changes: Change[] = [];
  const norms: Norm[] = [];
  for (const graph of graphs) {
    for (const layer of [...graph.layers]) {
      if (!BATCH_NORMS.includes(layer.class_name)) continue;
      const links = new LayerLinks(graph);
      const before = links.before(layer);
      const after = links.onlyUser(layer);
      let into = before;
      let done = before === null ? NO_LAYER : foldOne(layer, before, 'after', weights, links);
      if (isRefusal(done) && after !== null && Object.hasOwn(LINEAR, after.class_name)) {
        const other = foldOne(layer, after, 'before', weights, links);
        if (!isRefusal(other) || done === NO_LAYER) [into, done] = [after, other];
      }
      norms.push(normOf(layer, before, into, done));
      if (isRefusal(done)) continue;
      links.remove(layer);
      changes.push({
        kind: 'fold',
        into: layerName(into!),
        nodes: [layerName(layer)],
        output: layerName(layer),
      });
    }
  }
  return {
    changes,
    norms,
    artifacts: () =>
      changes.length === 0 ? artifacts : { ...artifacts, modelTopology: topology, ...weights.toArtifacts() },
  };
}

const NO_LAYER = refusal('no-linear-layer', 'no convolution or dense layer is next to it.');

function foldOne(
  norm: LayerConfig,
  linear: LayerConfig,
  where: 'before' | 'after',
  weights: Weights,
  links: LayerLinks,
): Refusal | null {
  const kind = Object.hasOwn(LINEAR, linear.class_name) ? LINEAR[linear.class_name]! : null;
  if (kind === null) return NO_LAYER;
  const name = layerName(linear);
  if (where === 'after' && links.onlyUser(linear) !== norm) {
    return refusal('used-elsewhere', `the result of ${name} is used elsewhere too.`);
  }
  if (where === 'before' && links.before(linear) !== norm) {
    return refusal('used-elsewhere', `${name} is called more than once.`);
  }
  if (where === 'before' && linear.class_name === 'SeparableConv2D') return NO_LAYER;
  const activation = linear.config.activation;
  if (where === 'after' && activation != null && activation !== 'linear') {
    return refusal('no-linear-layer', `${name} applies ${String(activation)} before the Batch Norm.`);
  }
  const weightName = `${name}/${kind.weight}`;
  const spec = weights.spec(weightName);
  const weight = weights.read(weightName);
  if (spec === undefined || weight === null) {
    return refusal('weights-computed', `the weights of ${name} are not at hand.`);
  }
  if (linear.config.data_format === 'channels_first' || !isLastAxis(norm.config.axis, spec, linear)) {
    return refusal('channel-axis', 'the channels are not on the last axis.');
  }
  const own = layerName(norm);
  const read = (role: string) => {
    const numbers = weights.read(`${own}/${role}`);
    return numbers === null ? undefined : float64(numbers, [numbers.length]);
  };
  const [mean, variance, gamma, beta] = ['moving_mean', 'moving_variance', 'gamma', 'beta'].map(read);
  if (mean === undefined || variance === undefined) {
    return refusal('weights-computed', `the statistics of ${own} are not at hand.`);
  }
  const bias = weights.read(`${name}/bias`);
  const layer: LinearLayer = {
    weight: float64(weight, spec.shape),
    layout: kind.layout,
    ...(bias === null ? {} : { bias: float64(bias, [bias.length]) }),
    groups: typeof linear.config.groups === 'number' ? linear.config.groups : 1,
  };
  const batchNorm = {
    mean,
    variance,
    ...(gamma === undefined ? {} : { gamma }),
    ...(beta === undefined ? {} : { beta }),
    epsilon: epsilonOf(norm),
  };
  const padded = linear.config.padding !== undefined && linear.config.padding !== 'valid';
  let folded: { weight: Tensor; bias: Tensor };
  try {
    folded =
      where === 'after' ? foldIntoPreceding(layer, batchNorm) : foldIntoFollowing(layer, batchNorm, padded);
  } catch (error) {
    if (!(error instanceof NormError)) throw error;
    return refusal(error.code === 'padding' ? 'padding' : 'channel-axis', error.message);
  }
  if (folded.weight.data.some((one) => !(Math.abs(one) <= 3.4028234663852886e38))) {
    return refusal('overflow', `the folded weights of ${name} are beyond float32.`);
  }
  weights.write(weightName, spec.shape, folded.weight.data as Float64Array);
  weights.write(`${name}/bias`, folded.bias.shape, folded.bias.data as Float64Array, weightName);
  linear.config.use_bias = true;
  for (const role of ['gamma', 'beta', 'moving_mean', 'moving_variance']) weights.remove(`${own}/${role}`);
  return null;
}

function float64(data: Float64Array, shape: readonly number[]): Tensor {
  return { dtype: 'float64', shape, data };
}

function epsilonOf({ config }: LayerConfig): number {
  return typeof config.epsilon === 'number' ? config.epsilon : EPSILON;
}

/** Keras's `axis` is a number, or a list of one, from either end. */
function isLastAxis(
  axis: unknown,
  { shape }: { readonly shape: readonly number[] },
  linear: LayerConfig,
): boolean {
  const [one] = Array.isArray(axis) ? axis : [axis ?? -1];
  if (one === -1) return true;
  // A dense layer may have any number of axes before its last.
  return linear.class_name !== 'Dense' && one === shape.length - 1;
}

function normOf(
  layer: LayerConfig,
  before: LayerConfig | null,
  into: LayerConfig | null,
  done: Refusal | null,
): Norm {
  const name = layerName(layer);
  const has = (flag: string) => layer.config[flag] !== false;
  return {
    op: 'batchNorm',
    spelling: layer.class_name,
    nodes: [name],
    graph: '',
    input: before === null ? '' : layerName(before),
    output: name,
    epsilon: epsilonOf(layer),
    gamma: has('scale') ? `${name}/gamma` : null,
    beta: has('center') ? `${name}/beta` : null,
    dtype: 'float32',
    fold: {
      into: into !== null && Object.hasOwn(LINEAR, into.class_name) ? layerName(into) : null,
      ...(isRefusal(done) ? impossible(done) : { possible: true }),
    },
  };
}
