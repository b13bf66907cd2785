import { sizeOf } from '@normlayers/core/adapter';
import type { Constant } from '../graph/constant';
import { evaluated } from '../graph/evaluate';
import { isOp, type Node, type Value } from '../graph/graph';
import { normOperator, parameterNumbers } from '../norms/operators';
import { type Refusal, refusal } from '../norms/refusal';

/** y = scale * x + shift with a number for each channel, or one for all: what a Batch Norm in inference comes to. */
export interface Scaling {
  readonly node: Node;
  readonly x: Value;
  readonly y: Value;
  /** Of length 1, or one for each channel. */
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** The axis of the channels; null where one number serves all. */
  readonly axis: number | null;
  readonly isBatchNorm: boolean;
}

/** Reads a node as a scaling; null where it is nothing of the kind. */
export function scalingOf(node: Node): Scaling | Refusal | null {
  return isOp(node, 'BatchNormalization') ? batchNormScaling(node) : affineScaling(node);
}

/** A product, quotient, sum or difference with a constant. */
export function affineScaling(node: Node): Scaling | null {
  if (!isOp(node, 'Mul', 'Add', 'Sub', 'Div')) return null;
  const [left, right] = node.inputs;
  const [y] = node.outputs;
  if (left == null || right == null || y == null) return null;
  const constant = evaluated(right) ?? (node.op === 'Mul' || node.op === 'Add' ? evaluated(left) : null);
  const x = evaluated(right) === null ? right : left;
  if (constant === null || evaluated(x) !== null) return null;
  const channels = alongOneAxis(constant, x);
  const numbers = channels && constant.read();
  if (numbers === null) return null;
  const { axis } = channels!;
  const one = Float64Array.of(1);
  const zero = Float64Array.of(0);
  const scale = node.op === 'Mul' ? numbers : node.op === 'Div' ? numbers.map((number) => 1 / number) : one;
  const shift = node.op === 'Add' ? numbers : node.op === 'Sub' ? numbers.map((number) => -number) : zero;
  return { node, x, y, scale, shift, axis, isBatchNorm: false };
}

function batchNormScaling(node: Node): Scaling | Refusal | null {
  const found = normOperator(node);
  if (found === null) return null;
  const { x, y, gamma, beta, mean, variance, epsilon, training } = found;
  if (training) return refusal('training-mode', `${node.name || y.name} takes the statistics of its batch.`);
  const read = [gamma, beta, mean, variance].map(parameterNumbers);
  if (read.some((numbers) => numbers === null)) {
    return refusal(
      'parameter-computed',
      `parameters of ${node.name || y.name} are computed, or not at hand.`,
    );
  }
  const [gammas, betas, means, variances] = read as Float64Array[];
  return {
    node,
    x,
    y,
    ...scaleAndShift(gammas!, betas!, means!, variances!, epsilon),
    axis: 1,
    isBatchNorm: true,
  };
}

/** What a Batch Norm with given statistics does to each channel. */
export function scaleAndShift(
  gamma: Float64Array,
  beta: Float64Array,
  mean: Float64Array,
  variance: Float64Array,
  epsilon: number,
): { scale: Float64Array; shift: Float64Array } {
  const scale = gamma.map((one, c) => one / Math.sqrt(variance[c]! + epsilon));
  return { scale, shift: beta.map((one, c) => one - mean[c]! * scale[c]!) };
}

/** The axis of x that a constant varies along, if it is one and x is not enlarged. */
function alongOneAxis({ shape }: Constant, x: Value): { axis: number | null } | null {
  const rank = x.shape?.length;
  if (rank === undefined || shape.length > rank) return null;
  if (sizeOf(shape) === 1) return { axis: null };
  const varying = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  if (varying.length !== 1) return null;
  const axis = varying[0]! + rank - shape.length;
  return x.shape![axis] === shape[varying[0]!] ? { axis } : null;
}

/** What two scalings one after the other come to. */
export function composed(first: Pick<Scaling, 'scale' | 'shift' | 'axis'>, then: Scaling) {
  const channels = Math.max(first.scale.length, first.shift.length, then.scale.length, then.shift.length);
  const at = (numbers: Float64Array, c: number) => numbers[numbers.length === 1 ? 0 : c]!;
  const each = (f: (c: number) => number) => Float64Array.from({ length: channels }, (_, c) => f(c));
  return {
    scale: each((c) => at(first.scale, c) * at(then.scale, c)),
    shift: each((c) => at(first.shift, c) * at(then.scale, c) + at(then.shift, c)),
    axis: first.axis ?? then.axis,
  };
}
