import { CallGraph, type GraphSpec } from './call-graph';
import type { FrameRoles } from './frame';
import { fillValue, type OnnxGraph, type Value } from './onnx-graph';
import { affine, magnitude } from './standardize-graph';

/**
 * The fast graph of an inference: take the mean off, then ONNX's InstanceNormalization over what is left. The mean it
 * takes itself is by then no more than the first one's rounding, so it is accurate at any offset. On the wasm provider
 * InstanceNormalization is the fastest of ONNX's normalizations: this graph takes 16 ms and `robustGraph` 33 ms for
 * [4096, 768], LayerNormalization alone 21 ms.
 *
 * Its squares overflow and vanish as they do everywhere, so it also gives the largest and the smallest magnitude of its
 * groups, by which `isOrdinary` tells whether its y may be used.
 */
export function centredGraph(spec: GraphSpec): OnnxGraph {
  const graph = new CallGraph(spec);
  const { onnx, computeType } = graph;
  const x = graph.wide('x');
  const largest = graph.reduce('ReduceMax', x);
  const smallest = graph.reduce('ReduceMin', x);
  const mean = graph.min(graph.max(graph.reduce('ReduceMean', x), smallest), largest);
  const centred = graph.subtract(x, mean);
  const ones = perSecondAxis(graph, x, 1);
  const zeros = perSecondAxis(graph, x, 0);
  const standardized = onnx.node('InstanceNormalization', [centred, ones, zeros], {
    attributes: { epsilon: { float: spec.epsilon! } },
  });
  graph.output('y', affine(graph, standardized), spec.types.x);

  const magnitudes = magnitude(graph, largest, smallest);
  const nonzero = onnx.node('Greater', [magnitudes, graph.constant(0)], { types: ['bool'] });
  const or1 = onnx.node('Where', [nonzero, magnitudes, graph.constant(1)], { types: [computeType] });
  graph.output('largestMagnitude', onnx.node('ReduceMax', [magnitudes], ALL_AXES), computeType);
  graph.output('smallestMagnitude', onnx.node('ReduceMin', [or1], ALL_AXES), computeType);
  return onnx;
}

const ALL_AXES = { attributes: { keepdims: 0 } };

/** The scale or bias that InstanceNormalization cannot do without. */
function perSecondAxis({ onnx, computeType }: CallGraph, x: Value, value: number): Value {
  const shape = onnx.node('Shape', [x], { attributes: { start: 1, end: 2 }, types: ['int64'] });
  return onnx.node('ConstantOfShape', [shape], {
    attributes: { value: fillValue(value, computeType) },
    types: [computeType],
  });
}

/**
 * Whether the fast graph may be tried: the groups are contiguous (then InstanceNormalization's N and C are the first
 * two axes) and short, and epsilon is large enough that where squares vanish it outweighs them.
 */
export function canCentre({ axes, stepwise }: FrameRoles, epsilon: number): boolean {
  if (stepwise) return false;
  const firstReduced = axes.findIndex(({ reduced }) => reduced);
  return firstReduced === 2 && axes.slice(2).every(({ reduced }) => reduced) && epsilon >= 2 ** -60;
}

/**
 * Whether every group's squares, and the sum of 2^24 of them, stay inside float32, and no group is so small that its
 * mean is rounded to a denormal number. Groups of zeros are ordinary.
 */
export function isOrdinary(largestMagnitude: number, smallestMagnitude: number): boolean {
  return largestMagnitude <= 2 ** 50 && smallestMagnitude >= 2 ** -100;
}
