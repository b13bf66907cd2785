import type { OnnxGraph } from '../model/onnx-graph';
import { CallGraph, type GraphSpec } from './call-graph';
import { outputParameterGradients } from './robust';
import { affine } from './standardize';

/**
 * Batch Norm with given statistics. The mean is taken off first: ONNX Runtime's BatchNormalization folds it all into
 * x * a + b, which loses the digits that x and mean share (x and mean both at 1e4: off by 2.3e-3).
 *
 * @param graph an empty graph for the call. Default: one of symbolic sizes.
 */
export function fixedStatisticsGraph(spec: GraphSpec, graph = new CallGraph(spec)): OnnxGraph {
  const { types } = spec;
  const mean = graph.parameter('mean')!;
  const variance = graph.parameter('variance')!;
  const std = graph.sqrt(graph.add(variance, graph.scalar('epsilon')));
  const invStd = graph.divide(graph.constant(1), std);
  const xhat = graph.multiply(graph.subtract(graph.wide('x'), mean), invStd);
  if (spec.mode === 'inference') {
    graph.output('y', affine(graph, xhat), types.x);
    return graph.onnx;
  }
  const dy = graph.wide('dy');
  const gamma = graph.parameter('gamma');
  const factor = gamma ? graph.multiply(gamma, invStd) : invStd;
  graph.output('dx', graph.multiply(dy, factor), types.x);
  const { dgamma, dbeta } = outputParameterGradients(graph, dy, xhat);
  const dmean = graph.onnx.node('Neg', [graph.multiply(dbeta, factor)]);
  const dvariance = graph.multiply(
    graph.constant(-0.5),
    graph.multiply(graph.multiply(dgamma, factor), invStd),
  );
  graph.parameterOutput('dmean', dmean, types.mean!);
  graph.parameterOutput('dvariance', dvariance, types.variance!);
  return graph.onnx;
}
