import type { Norm } from './norm';

/** What `inspect` finds: model JSON, schema 1. */
export interface Inspection {
  readonly schema: 1;
  readonly format: 'onnx' | 'tfjs-graph' | 'tfjs-layers';
  /** In the order of the graph; those of nested graphs and functions after those of the main one. */
  readonly norms: readonly Norm[];
}
