import type { Value } from '../model/onnx-graph';
import type { CallGraph } from './call-graph';

/** What standardizing leaves: x-hat, and one statistic per group with the reduced axes as 1. */
export interface Standardized {
  readonly xhat: Value;
  /** Null for RMS Norm, which takes no mean off. */
  readonly mean: Value | null;
  /** 1 / sqrt(variance + epsilon). */
  readonly invStd: Value;
  /** Over n. */
  readonly variance: Value;
}

/**
 * Added under the root: a group of equal values gives 0 * finite = 0, and no other group notices, their scaled variance
 * being at least 2^-46 / n (2^-104 / n in float64). Not smaller: ONNX Runtime takes away the addition of a float64 that
 * is 0 as a float32.
 */
const TINY = { float32: 1e-37, float64: 1e-44 };

/**
 * x-hat = (x - mean) / sqrt(variance + epsilon) in a graph whose operators are no wider than their input, right for
 * every input that has an answer.
 *
 * Each group is first divided by a power of two near its largest magnitude (exact, so nothing is lost), which keeps
 * squares from overflowing at 1e19 and from vanishing at 1e-23. It is centred twice: the second mean is what rounding
 * left in the first (Chan, Golub and LeVeque 1983). The first mean is held between the smallest and the largest value,
 * which changes nothing but makes groups of one value exactly 0. NaN and Inf spread over their own group through its
 * mean (RMS Norm: its mean square).
 */
export function standardize(graph: CallGraph, x: Value): Standardized {
  const largest = graph.reduce('ReduceMax', x);
  const smallest = graph.reduce('ReduceMin', x);
  const scale = powerOfTwoBelow(graph, magnitude(graph, largest, smallest));
  const scaled = graph.divide(x, scale);

  let centred = scaled;
  let mean: Value | null = null;
  if (graph.spec.centred) {
    const low = graph.divide(smallest, scale);
    const high = graph.divide(largest, scale);
    const first = graph.min(graph.max(graph.reduce('ReduceMean', scaled), low), high);
    const once = graph.subtract(scaled, first);
    const second = graph.reduce('ReduceMean', once);
    centred = graph.subtract(once, second);
    mean = graph.multiply(graph.add(first, second), scale);
  }
  const variance = graph.reduce('ReduceMean', graph.multiply(centred, centred));

  const sqrtEpsilon = graph.scalar('sqrtEpsilon');
  const scaledRoot = graph.divide(sqrtEpsilon, scale);
  const total = graph.add(variance, graph.multiply(scaledRoot, scaledRoot));
  const factor = graph.divide(
    graph.constant(1),
    graph.sqrt(graph.add(total, graph.constant(TINY[graph.computeType]))),
  );
  // Where a group of equal values is large, epsilon has vanished beside its scale, and is all that counts.
  const std = graph.max(graph.multiply(graph.sqrt(total), scale), sqrtEpsilon);
  return {
    xhat: graph.multiply(centred, factor),
    mean,
    invStd: graph.divide(graph.constant(1), std),
    variance: graph.multiply(graph.multiply(variance, scale), scale),
  };
}

/** The largest absolute value, from the largest and the smallest value: saves a pass over x. */
function magnitude(graph: CallGraph, largest: Value, smallest: Value): Value {
  return graph.max(largest, graph.onnx.node('Neg', [smallest]));
}

/**
 * 2^floor(log2(value)), not below `smallestScale`. The wasm provider's Log is off by less than one binade and its Pow is
 * exact for every power of two that a float32 holds (tried, all of them).
 */
function powerOfTwoBelow(graph: CallGraph, value: Value): Value {
  const log2 = graph.multiply(graph.onnx.node('Log', [value]), graph.constant(Math.LOG2E));
  const exponent = graph.onnx.node('Floor', [log2]);
  return graph.max(graph.onnx.node('Pow', [graph.constant(2), exponent]), graph.scalar('smallestScale'));
}

/** y = gamma * x-hat + beta, either or both absent. */
export function affine(graph: CallGraph, xhat: Value): Value {
  const gamma = graph.parameter('gamma');
  const beta = graph.parameter('beta');
  const scaled = gamma ? graph.multiply(xhat, gamma) : xhat;
  return beta ? graph.add(scaled, beta) : scaled;
}
