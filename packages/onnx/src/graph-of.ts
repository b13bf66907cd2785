import type { GraphSpec } from './graphs/call-graph';
import { fixedStatisticsGraph } from './graphs/fixed-statistics';
import { ordinaryGraph } from './graphs/ordinary';
import { robustGraph } from './graphs/robust';
import type { OnnxGraph } from './model/onnx-graph';

/** The graphs of a page on the wasm provider; the others are loaded when they are asked for. */
const GRAPHS: Partial<Record<GraphSpec['kind'], (spec: GraphSpec) => OnnxGraph>> = {
  robust: robustGraph,
  ordinary: ordinaryGraph,
  fixed: fixedStatisticsGraph,
};

/** The graph that a spec is for. */
export async function graphOf(spec: GraphSpec): Promise<OnnxGraph> {
  const make = spec.sizes === undefined ? GRAPHS[spec.kind] : undefined;
  return make === undefined ? (await import('./graphs-on-demand')).graphOnDemand(spec) : make(spec);
}
