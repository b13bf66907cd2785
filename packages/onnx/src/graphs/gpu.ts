import type { OnnxGraph, Value } from '../model/onnx-graph';
import type { CallGraph, GraphSpec } from './call-graph';
import { composeCall } from './robust';
import type { Standardized } from './standardize';
import { callGraph } from './static-call-graph';

/** Any call that takes its own statistics, for a GPU's provider: right for hard input too. */
export function gpuGraph(spec: GraphSpec): OnnxGraph {
  const graph = callGraph(spec);
  composeCall(graph, (x) => standardizeByDeviations(graph, x));
  return graph.onnx;
}

/** Added under the root: a group of equal values gives 0 * finite = 0. The scaled variance of others is above 1 / (4 n). */
const TINY = 1e-37;

/**
 * x-hat = (x - mean) / sqrt(variance + epsilon) as `standardize` in standardize.ts has it, from operators that
 * the GPUs' providers run on the GPU (the JSEP one has no Max and Min: it would fetch each statistic from the GPU and
 * bring it back), and with nothing that GPUs compute only nearly: their division and Pow may be off by some roundings,
 * also for powers of two.
 *
 * So each group is centred before it is scaled: an error of the scale is then one of the deviations, not of values a
 * million times larger. What is left of the mean is taken off once more, and belongs to the mean: that of equal values
 * may be rounded. Groups of one value, in which rounding may have left something, are scaled by 0. Values beyond 2^110
 * overflow where they are summed, and give NaN.
 *
 * One operator on one pair of shapes is one program, which the WebGL provider compiles anew for each size: nodes are
 * alike where they can be (a number over a statistic, a statistic plus a number).
 */
function standardizeByDeviations(graph: CallGraph, x: Value): Standardized {
  let deviations = x;
  let mean: Value | null = null;
  if (graph.spec.centred) {
    const first = graph.reduce('ReduceMean', x);
    const once = graph.subtract(x, first);
    const second = graph.reduce('ReduceMean', once);
    deviations = graph.subtract(once, second);
    mean = graph.add(first, second);
  }
  const largest = graph.reduce('ReduceMax', deviations);
  const smallest = graph.reduce('ReduceMin', deviations);
  const extent =
    mean === null ? graph.add(graph.abs(largest), graph.abs(smallest)) : graph.subtract(largest, smallest);
  const scale = graph.add(extent, graph.scalar('smallestScale'));
  const reciprocal = graph.divide(graph.constant(1), scale);
  const scaledRoot = graph.divide(graph.scalar('sqrtEpsilon'), scale);

  let factorOfScale = reciprocal;
  if (mean !== null) {
    const varies = graph.onnx.node('Greater', [largest, smallest], { types: ['bool'] });
    factorOfScale = graph.multiply(reciprocal, graph.onnx.cast(varies, graph.computeType));
  }
  const scaled = graph.multiply(deviations, factorOfScale);
  const variance = graph.reduce('ReduceMean', graph.multiply(scaled, scaled));
  const total = graph.add(variance, graph.multiply(scaledRoot, scaledRoot));
  const factor = graph.divide(graph.constant(1), graph.sqrt(graph.add(total, graph.constant(TINY))));
  return {
    xhat: graph.multiply(scaled, factor),
    mean,
    invStd: graph.divide(reciprocal, graph.sqrt(total)),
    variance: graph.divide(graph.divide(variance, reciprocal), reciprocal),
  };
}
