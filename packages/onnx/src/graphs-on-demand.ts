// What a page does without that runs our own graphs on the wasm provider: ONNX's own operators, and the GPUs' providers.
import type { GraphSpec } from './graphs/call-graph';
import { fixedStatisticsGraph } from './graphs/fixed-statistics';
import { gpuGraph } from './graphs/gpu';
import { callGraph } from './graphs/static-call-graph';
import type { OnnxGraph } from './model/onnx-graph';
import { nativeGraph } from './native/native-graph';

/** A graph of ONNX's own operators, for a GPU, or of fixed sizes. */
export function graphOnDemand(spec: GraphSpec): OnnxGraph {
  if (spec.kind === 'native') return nativeGraph(spec);
  return spec.kind === 'fixed' ? fixedStatisticsGraph(spec, callGraph(spec)) : gpuGraph(spec);
}
