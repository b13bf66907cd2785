// What a page does without that runs our own graphs on the wasm provider: ONNX's own operators, and the GPUs' providers.
import type { GraphSpec } from './call-graph';
import { fixedStatisticsGraph } from './fixed-statistics-graph';
import { gpuGraph } from './gpu-graph';
import { nativeGraph } from './native-graph';
import type { OnnxGraph } from './onnx-graph';
import { callGraph } from './static-call-graph';

/** A graph of ONNX's own operators, for a GPU, or of fixed sizes. */
export function graphOnDemand(spec: GraphSpec): OnnxGraph {
  if (spec.kind === 'native') return nativeGraph(spec);
  return spec.kind === 'fixed' ? fixedStatisticsGraph(spec, callGraph(spec)) : gpuGraph(spec);
}
