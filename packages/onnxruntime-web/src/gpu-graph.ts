import type { CallGraph, GraphSpec } from './call-graph';
import type { OnnxGraph, Value } from './onnx-graph';
import { composeCall } from './robust-graph';
import type { Standardized } from './standardize-graph';
import { callGraph } from './static-call-graph';

/** Any call that takes its own statistics, for a GPU's provider: right for hard input too. */
export function gpuGraph(spec: GraphSpec): OnnxGraph {
  const graph = callGraph(spec);
  composeCall(graph, (x) => standardizeByDeviations(graph, x));
  return graph.onnx;
}

/** What the largest deviation of a group becomes, or near: its reciprocal scale is a normal number up to 2^128. */
const LARGEST = 4;

/** Added under the root: a group of equal values gives 0 * finite = 0. The scaled variance of others is above 1 / n. */
const TINY = 1e-37;

/**
 * x-hat = (x - mean) / sqrt(variance + epsilon) as `standardize` in standardize-graph.ts has it, from operators that
 * the GPUs' providers run on the GPU (the JSEP one has no Max and Min: it would fetch each statistic from the GPU and
 * bring it back), and with nothing that GPUs compute only nearly: their division and Pow may be off by some roundings,
 * also for powers of two.
 *
 * So each group is centred before it is scaled: an error of the scale is then one of the deviations, not of values a
 * million times larger. What is left of the mean is taken off once more. Groups of one value, whose first mean may be
 * rounded, are scaled by 0. Values beyond 2^110 overflow where they are summed, and give NaN.
 */
function standardizeByDeviations(graph: CallGraph, x: Value): Standardized {
  const first = graph.spec.op === 'rmsNorm' ? null : graph.reduce('ReduceMean', x);
  const once = first === null ? x : graph.subtract(x, first);
  const largest = graph.reduce('ReduceMax', once);
  const smallest = graph.reduce('ReduceMin', once);
  const extent =
    first === null ? graph.add(graph.abs(largest), graph.abs(smallest)) : graph.subtract(largest, smallest);
  const scale = graph.add(extent, graph.scalar('smallestScale'));
  const reciprocal = graph.divide(graph.constant(LARGEST), scale);

  let centred: Value;
  let mean: Value | null = null;
  if (first === null) {
    centred = graph.multiply(once, reciprocal);
  } else {
    const varies = graph.onnx.node('Greater', [largest, smallest], { types: ['bool'] });
    const orZero = graph.multiply(reciprocal, graph.onnx.cast(varies, graph.computeType));
    const scaled = graph.multiply(once, orZero);
    const second = graph.reduce('ReduceMean', scaled);
    centred = graph.subtract(scaled, second);
    mean = graph.add(first, graph.divide(second, reciprocal));
  }
  const variance = graph.reduce('ReduceMean', graph.multiply(centred, centred));

  const scaledRoot = graph.multiply(graph.scalar('sqrtEpsilon'), reciprocal);
  const total = graph.add(variance, graph.multiply(scaledRoot, scaledRoot));
  const factor = graph.divide(graph.constant(1), graph.sqrt(graph.add(total, graph.constant(TINY))));
  return {
    xhat: graph.multiply(centred, factor),
    mean,
    invStd: graph.divide(reciprocal, graph.sqrt(total)),
    variance: graph.divide(graph.divide(variance, reciprocal), reciprocal),
  };
}
