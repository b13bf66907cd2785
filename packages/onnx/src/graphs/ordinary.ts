import type { CallPlan } from '@normlayers/core/adapter';
import type { OnnxGraph, Value } from '../model/onnx-graph';
import { CallGraph, type GraphSpec } from './call-graph';
import { composeCall } from './robust';
import type { Standardized } from './standardize';

/**
 * The fast graph of a call that takes its own statistics: as `robustGraph`, but for input whose squares neither overflow
 * nor vanish, so that nothing is scaled and nobody asks for the largest value. It also gives two numbers by which
 * `isOrdinary` tells whether its answer may be used. GRAPHS.md of onnxruntime-web holds the times of both, and of others.
 */
export function ordinaryGraph(spec: GraphSpec): OnnxGraph {
  const graph = new CallGraph(spec);
  composeCall(graph, (x) => {
    const standardized = standardizeOrdinary(graph, x);
    const { variance } = standardized;
    graph.output('varianceSum', graph.onnx.node('ReduceSum', [variance], ALL_AXES), graph.computeType);
    graph.output('smallestVariance', graph.onnx.node('ReduceMin', [variance], ALL_AXES), graph.computeType);
    return standardized;
  });
  return graph.onnx;
}

const ALL_AXES = { attributes: { keepdims: 0 } };

/**
 * Below this part of its mean the deviation of a group is what rounding left of the mean of equal values, centred twice:
 * some 2^-17 of the value once, 2^-34 twice. Of values that differ, be it in one last place of one in `MOST`, it is more
 * than 2^-32.5.
 */
const ROUNDING = 2 ** -33.5;
const MOST = 2 ** 17;

/** Centred twice, as `standardize` does. */
function standardizeOrdinary(graph: CallGraph, x: Value): Standardized {
  const first = graph.spec.centred ? graph.reduce('ReduceMean', x) : null;
  const once = first ? graph.subtract(x, first) : x;
  const second = first ? graph.reduce('ReduceMean', once) : null;
  const centred = second ? graph.subtract(once, second) : once;
  const meanSquare = graph.reduce('ReduceMean', graph.multiply(centred, centred));
  const root = graph.sqrt(graph.add(meanSquare, graph.scalar('epsilon')));
  const invStd = graph.divide(graph.constant(1), root);
  if (first === null || second === null) {
    return { xhat: graph.multiply(centred, invStd), mean: null, invStd, variance: meanSquare };
  }
  const magnitude = graph.onnx.node('Abs', [first]);
  const rounding = graph.multiply(magnitude, graph.constant(ROUNDING));
  const constant = graph.onnx.node('LessOrEqual', [graph.sqrt(meanSquare), rounding], { types: ['bool'] });
  const zeroWhereConstant = (value: Value) =>
    graph.onnx.node('Where', [constant, graph.constant(0), value], { types: [graph.computeType] });
  return {
    xhat: graph.multiply(centred, zeroWhereConstant(invStd)),
    mean: graph.add(first, second),
    invStd,
    variance: zeroWhereConstant(meanSquare),
  };
}

/** Whether the fast graph may be tried: epsilon outweighs squares where they vanish, and a constant group can be told. */
export function mayBeOrdinary({ statistics, n, epsilon }: CallPlan): boolean {
  return statistics === 'own' && n <= MOST && epsilon >= 2 ** -60;
}

/**
 * Whether the squares of every group stayed inside float32 by a wide margin, or vanished since they are 0.
 *
 * @param values x, where it is float32; null where it is float16, which holds nothing that vanishes when squared.
 */
export function isOrdinary(
  varianceSum: number,
  smallestVariance: number,
  values: Float32Array | null,
): boolean {
  // False where it is NaN.
  if (!(varianceSum <= 2 ** 100)) return false;
  return smallestVariance >= 2 ** -120 || values === null || !holdsTiny(values);
}

/** Whether there are numbers, besides 0, whose differences may vanish when squared. */
function holdsTiny(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size < 2 ** -50 && size > 0) return true;
  }
  return false;
}
