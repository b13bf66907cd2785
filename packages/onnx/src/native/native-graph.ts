import { type DType, inverseOrder, OPERATIONS, type Op } from '@normlayers/core/adapter';
import { CallGraph, type GraphSpec } from '../graphs/call-graph';
import { axesWhere } from '../graphs/reduction-axes';
import { affine } from '../graphs/standardize';
import { outputStatistics } from '../graphs/statistics-outputs';
import { fillValue, type OnnxGraph, type Value } from '../model/onnx-graph';
import { isComposed } from './native-support';
import { nativeWebglGraph } from './native-webgl-graph';

/**
 * A call by ONNX's own operator, as it comes: BatchNormalization, LayerNormalization, InstanceNormalization,
 * GroupNormalization (opset 21), RMSNormalization (opset 23). No operator gives Instance and Group Norm's statistics;
 * their training mode is composed the way ONNX defines GroupNormalization, with E[x^2] - E[x]^2.
 */
export function nativeGraph(spec: GraphSpec): OnnxGraph {
  if (spec.sizes !== undefined) return nativeWebglGraph(spec, spec.sizes);
  const { op } = spec.operator!;
  const graph = new CallGraph(spec, op === 'rmsNorm' ? 23 : 21);
  if (isComposed(op, spec.mode)) singlePass(graph);
  else OPERATORS[op](graph);
  return graph.onnx;
}

const OPERATORS: Readonly<Record<Op, (graph: CallGraph) => void>> = {
  batchNorm: batchNormalization,
  layerNorm: layerNormalization,
  instanceNorm: instanceNormalization,
  groupNorm: groupNormalization,
  rmsNorm: rmsNormalization,
};

function batchNormalization(graph: CallGraph): void {
  const { onnx, spec } = graph;
  const type = spec.types.x;
  const x = graph.fed('x');
  const parameters = [parameterOr(graph, 'gamma', x, 1, 1), parameterOr(graph, 'beta', x, 1, 0)];
  const epsilon = { float: spec.operator!.epsilon };
  if (spec.mode === 'inference') {
    const given = [graph.flatParameter('mean', type), graph.flatParameter('variance', type)];
    const y = onnx.node('BatchNormalization', [x, ...parameters, ...given], { attributes: { epsilon } });
    graph.output('y', y, type);
    return;
  }
  // With momentum 0 the running statistics that come out are the batch's own. They are written over those that go in,
  // so these must not be the tensors that stand in for gamma and beta: hence not 0 and 1.
  const unused = [parameterOr(graph, 'mean', x, 1, 2), parameterOr(graph, 'variance', x, 1, 3)];
  const [y, mean, variance] = onnx.nodeOf('BatchNormalization', [x, ...parameters, ...unused], {
    attributes: { epsilon, training_mode: 1, momentum: { float: 0 } },
    types: [type, type, type],
  });
  graph.output('y', y, type);
  const wide = (statistic: Value) => graph.broadcastable(onnx.cast(statistic, graph.computeType));
  outputStatistics(graph, {
    mean: wide(mean),
    variance: wide(variance),
    invStd: invStdOf(graph, wide(variance)),
  });
}

function layerNormalization(graph: CallGraph): void {
  const { onnx, spec } = graph;
  const type = spec.types.x;
  const x = groupsLast(graph, graph.fed('x'));
  const axis = keptCount(graph);
  // Mean and InvStdDev are float32, whatever x is.
  const [y, mean, invStd] = onnx.nodeOf(
    'LayerNormalization',
    [x, parameterOr(graph, 'gamma', x, axis, 1), graph.flatParameter('beta', type)],
    { attributes: { axis, epsilon: { float: spec.operator!.epsilon } }, types: [type, 'float32', 'float32'] },
  );
  graph.output('y', backInPlace(graph, y), type);
  if (spec.mode === 'training') {
    graph.output('mean', mean, graph.computeType);
    graph.output('invStd', invStd, graph.computeType);
  }
}

function rmsNormalization(graph: CallGraph): void {
  const { onnx, spec } = graph;
  const type = spec.types.x;
  const x = groupsLast(graph, graph.fed('x'));
  const axis = keptCount(graph);
  const inputs = [x, parameterOr(graph, 'gamma', x, axis, 1)];
  const attributes = { axis, epsilon: { float: spec.operator!.epsilon } };
  if (spec.mode === 'inference') {
    graph.output('y', backInPlace(graph, onnx.node('RMSNormalization', inputs, { attributes })), type);
    return;
  }
  // ONNX's own gives no statistics; ONNX Runtime's older name for it does.
  const [y, invRms] = onnx.nodeOf('SimplifiedLayerNormalization', inputs, {
    attributes,
    types: [type, 'float32'],
  });
  graph.output('y', backInPlace(graph, y), type);
  graph.output('invRms', invRms, graph.computeType);
}

function instanceNormalization(graph: CallGraph): void {
  channelled(graph, 'InstanceNormalization', {});
}

function groupNormalization(graph: CallGraph): void {
  channelled(graph, 'GroupNormalization', { num_groups: graph.spec.operator!.groups! });
}

function channelled(graph: CallGraph, operator: string, more: Readonly<Record<string, number>>): void {
  const { onnx, spec } = graph;
  const x = groupsLast(graph, graph.fed('x'));
  const inputs = [x, parameterOr(graph, 'gamma', x, 1, 1), parameterOr(graph, 'beta', x, 1, 0)];
  const y = onnx.node(operator, inputs, {
    attributes: { epsilon: { float: spec.operator!.epsilon }, ...more },
  });
  graph.output('y', backInPlace(graph, y), spec.types.x);
}

/** The definition of ONNX's GroupNormalization (its function body), with its statistics as outputs. */
function singlePass(graph: CallGraph): void {
  const x = graph.wide('x');
  const axes = graph.onnx.constant(graph.reducedAxes, 'int64');
  const mean = graph.onnx.node('ReduceMean', [x, axes]);
  const meanSquare = graph.onnx.node('ReduceMean', [graph.multiply(x, x), axes]);
  const variance = graph.subtract(meanSquare, graph.multiply(mean, mean));
  const std = graph.sqrt(graph.add(variance, graph.constant(graph.spec.operator!.epsilon)));
  const xhat = graph.divide(graph.subtract(x, mean), std);
  graph.output('y', affine(graph, xhat), graph.spec.types.x);
  outputStatistics(graph, { mean, variance, invStd: graph.divide(graph.constant(1), std) });
}

function invStdOf(graph: CallGraph, variance: Value): Value {
  const std = graph.sqrt(graph.add(variance, graph.constant(graph.spec.operator!.epsilon)));
  return graph.divide(graph.constant(1), std);
}

/** A parameter in x's type, or, where it is not given, `value` for each: most of these operators insist on it. */
function parameterOr(
  graph: CallGraph,
  name: 'gamma' | 'beta' | 'mean' | 'variance',
  x: Value,
  firstAxis: number,
  value: number,
): Value {
  const { onnx, spec } = graph;
  const type: DType = spec.types.x;
  const given = graph.flatParameter(name, type);
  if (given !== null) return given;
  const { op } = spec.operator!;
  const end = OPERATIONS[op].sharedBy === 'axes' ? {} : { end: firstAxis + 1 };
  const shape = onnx.node('Shape', [x], { attributes: { start: firstAxis, ...end }, types: ['int64'] });
  const filled = onnx.node('ConstantOfShape', [shape], {
    attributes: { value: fillValue(value, 'float32') },
    types: ['float32'],
  });
  return onnx.cast(filled, type);
}

function keptCount({ spec }: CallGraph): number {
  return axesWhere(spec, ({ reduced }) => !reduced).length;
}

/** x with the axes of its groups last and, before them, its channels: where ONNX's operators look for them. */
function groupsLast(graph: CallGraph, x: Value): Value {
  const order = orderOf(graph);
  return isSorted(order) ? x : graph.onnx.node('Transpose', [x], { attributes: { perm: order } });
}

function backInPlace(graph: CallGraph, y: Value): Value {
  const order = orderOf(graph);
  if (isSorted(order)) return y;
  return graph.onnx.node('Transpose', [y], { attributes: { perm: inverseOrder(order) } });
}

function orderOf({ spec }: CallGraph): number[] {
  return [
    ...axesWhere(spec, ({ reduced, parametric }) => !reduced && !parametric),
    ...axesWhere(spec, ({ reduced, parametric }) => !reduced && parametric),
    ...axesWhere(spec, ({ reduced }) => reduced),
  ];
}

function isSorted(order: readonly number[]): boolean {
  return order.every((axis, i) => axis === i);
}
