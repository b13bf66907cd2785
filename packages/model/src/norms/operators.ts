import type { Op } from '@normlayers/core';
import { evaluated } from '../graph/evaluate';
import { type Node, numberOf, numbersOf, type Value } from '../graph/graph';

/** An operator that is a normalization by itself. */
export interface NormOperator {
  readonly node: Node;
  readonly op: Op;
  readonly x: Value;
  readonly y: Value;
  readonly gamma: Value | null;
  readonly beta: Value | null;
  readonly epsilon: number;
  readonly axes?: readonly number[];
  readonly groups?: number;
  /** Of Batch Norm only: given statistics, and whether the batch's own are taken. */
  readonly mean?: Value | null;
  readonly variance?: Value | null;
  readonly training?: boolean;
  /** The output that is the sum of what is normalized, where that is no input. */
  readonly sum?: number;
  /** The axis of the channels, from the front. Default: 1. */
  readonly channelAxis?: number;
  /** Whether the result goes through an activation, too. */
  readonly activated?: boolean;
}

/** ONNX's float32 attribute. */
const EPSILON = Math.fround(1e-5);

interface Spec {
  readonly op: Op;
  /** Which inputs gamma and beta are; the input is the first. */
  readonly gamma?: number;
  readonly beta?: number;
  /** More inputs are added to the first before it is normalized; which output gives the sum. */
  readonly sum?: number;
  readonly channelsLast?: true;
  readonly epsilon?: number;
}

/** By domain and name. Sources: ONNX's Operators.md, ONNX Runtime's ContribOperators.md. */
const OPERATORS: Readonly<Record<string, Spec>> = {
  BatchNormalization: { op: 'batchNorm', gamma: 1, beta: 2 },
  InstanceNormalization: { op: 'instanceNorm', gamma: 1, beta: 2 },
  LayerNormalization: { op: 'layerNorm', gamma: 1, beta: 2 },
  SimplifiedLayerNormalization: { op: 'rmsNorm', gamma: 1 },
  RMSNormalization: { op: 'rmsNorm', gamma: 1 },
  GroupNormalization: { op: 'groupNorm', gamma: 1, beta: 2 },
  // Its 1e-9 is added after the root.
  MeanVarianceNormalization: { op: 'layerNorm', epsilon: 1e-18 },
  'com.microsoft.GroupNorm': { op: 'groupNorm', gamma: 1, beta: 2, channelsLast: true },
  'com.microsoft.SkipGroupNorm': { op: 'groupNorm', gamma: 1, beta: 2, sum: 1, channelsLast: true },
  'com.microsoft.SkipLayerNormalization': { op: 'layerNorm', gamma: 2, beta: 3, sum: 3, epsilon: 1e-12 },
  'com.microsoft.SkipSimplifiedLayerNormalization': { op: 'rmsNorm', gamma: 2, sum: 3, epsilon: 1e-12 },
  'com.microsoft.EmbedLayerNormalization': { op: 'layerNorm', gamma: 5, beta: 6, sum: 2, epsilon: 1e-12 },
};

/** Reads a node as a normalization, if it is one. */
export function normOperator(node: Node): NormOperator | null {
  const name = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  const spec = Object.hasOwn(OPERATORS, name) ? OPERATORS[name]! : null;
  const [x] = node.inputs;
  const [y] = node.outputs;
  if (spec === null || x == null || y == null) return null;
  const input = (i: number | undefined) => (i === undefined ? null : (node.inputs[i] ?? null));
  const found: NormOperator = {
    node,
    op: spec.op,
    x,
    y,
    gamma: input(spec.gamma),
    beta: input(spec.beta),
    epsilon: numberOf(node, 'epsilon', spec.epsilon ?? EPSILON),
    ...(spec.sum === undefined ? {} : { sum: spec.sum }),
  };
  const rank = x.shape?.length ?? null;
  const fromFront = (axis: number) => (axis < 0 && rank !== null ? axis + rank : axis);
  if (node.op === 'MeanVarianceNormalization') {
    return { ...found, axes: numbersOf(node, 'axes') ?? [0, 2, 3] };
  }
  if (spec.op === 'layerNorm' || spec.op === 'rmsNorm') {
    const axis = node.domain === '' ? numberOf(node, 'axis', -1) : -1;
    const from = fromFront(axis);
    const last = rank ?? 0;
    return { ...found, axes: Array.from({ length: Math.max(0, last - from) }, (_, i) => from + i) };
  }
  if (spec.op === 'groupNorm') {
    const own = node.domain === '';
    const last = spec.channelsLast === true && numberOf(node, 'channels_last', 1) === 1;
    return {
      ...found,
      groups: numberOf(node, own ? 'num_groups' : 'groups', 1),
      ...(last && rank !== null ? { channelAxis: rank - 1 } : {}),
      ...(numberOf(node, 'activation', 0) === 1 ? { activated: true } : {}),
    };
  }
  if (spec.op === 'batchNorm') {
    return {
      ...found,
      mean: input(3),
      variance: input(4),
      // Up to opset 13 more outputs told that it trains.
      training:
        node.version >= 14
          ? numberOf(node, 'training_mode', 0) === 1
          : node.outputs.slice(1).some((output) => output !== null && output.uses.length > 0),
    };
  }
  return found;
}

/** A constant parameter's numbers, or null. */
export function parameterNumbers(value: Value | null | undefined): Float64Array | null {
  return evaluated(value ?? null)?.read() ?? null;
}
