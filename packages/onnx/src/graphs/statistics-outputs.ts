import type { Value } from '../model/onnx-graph';
import type { CallGraph } from './call-graph';
import type { Standardized } from './standardize';

/** A training call's outputs beside y: mean and invStd (RMS Norm: invRms), and the running statistics where given. */
export function outputStatistics(
  graph: CallGraph,
  { mean, invStd, variance }: Omit<Standardized, 'xhat'>,
): void {
  const { computeType, spec } = graph;
  if (mean === null) {
    graph.output('invRms', invStd, computeType);
    return;
  }
  graph.output('mean', mean, computeType);
  graph.output('invStd', invStd, computeType);
  if (spec.types.runningMean === undefined) return;
  move(graph, 'runningMean', 'takeMean', mean);
  move(graph, 'runningVar', 'takeVariance', variance);
}

/** new = keep * old + take * batch. */
function move(
  graph: CallGraph,
  name: 'runningMean' | 'runningVar',
  take: 'takeMean' | 'takeVariance',
  batch: Value,
): void {
  const old = graph.multiply(graph.parameter(name)!, graph.scalar('keep'));
  const moved = graph.add(old, graph.multiply(graph.meanPerParameter(batch), graph.scalar(take)));
  // Fed under this name already, so it comes out under another.
  graph.parameterOutput(`new:${name}`, moved, graph.spec.types[name]!);
}
