import type { OnnxGraph, Value } from '../model/onnx-graph';
import { CallGraph, type GraphSpec } from './call-graph';
import { affine, type Standardized, standardize } from './standardize';
import { outputStatistics } from './statistics-outputs';

/** Any call that takes its own statistics, composed of ONNX's arithmetic: right for hard input too. */
export function robustGraph(spec: GraphSpec): OnnxGraph {
  const graph = new CallGraph(spec);
  composeCall(graph, (x) => standardize(graph, x));
  return graph.onnx;
}

/** The call around its standardized x. */
export function composeCall(graph: CallGraph, standardized: (x: Value) => Standardized): void {
  const x = graph.normalized();
  if (graph.spec.mode === 'backward') backward(graph, standardized(x));
  else forward(graph, standardized(x));
}

function forward(graph: CallGraph, standardized: Standardized): void {
  const { mode, types } = graph.spec;
  graph.output('y', affine(graph, standardized.xhat), types.x);
  if (mode === 'training') outputStatistics(graph, standardized);
}

/** dx = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), without mean(dxhat) for RMS Norm. */
function backward(graph: CallGraph, { xhat, invStd }: Standardized): void {
  const { centred, types } = graph.spec;
  const dy = graph.wide('dy');
  const gamma = graph.parameter('gamma');
  const dxhat = gamma ? graph.multiply(dy, gamma) : dy;
  const projection = graph.multiply(xhat, graph.reduce('ReduceMean', graph.multiply(dxhat, xhat)));
  const deviation = centred ? graph.subtract(dxhat, graph.reduce('ReduceMean', dxhat)) : dxhat;
  const dx = graph.multiply(graph.subtract(deviation, projection), invStd);
  graph.output('dx', types.dsum === undefined ? dx : graph.add(dx, graph.wide('dsum')), types.x);
  outputParameterGradients(graph, dy, xhat);
}

/** dgamma = sum(dy * xhat) and dbeta = sum(dy), which are returned. */
export function outputParameterGradients(
  graph: CallGraph,
  dy: Value,
  xhat: Value,
): { dgamma: Value; dbeta: Value } {
  const { centred, types } = graph.spec;
  const type = types.gamma ?? types.x;
  const dgamma = graph.sumPerParameter(graph.multiply(dy, xhat));
  const dbeta = graph.sumPerParameter(dy);
  graph.parameterOutput('dgamma', dgamma, type);
  if (centred) graph.parameterOutput('dbeta', dbeta, type);
  return { dgamma, dbeta };
}
