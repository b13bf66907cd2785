import type { GraphSpec } from './call-graph';
import { fixedStatisticsGraph } from './fixed-statistics-graph';
import type { OnnxGraph } from './onnx-graph';
import { ordinaryGraph } from './ordinary-graph';
import { robustGraph } from './robust-graph';

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
