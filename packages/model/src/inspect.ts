import { readOnnx } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import { modelNorms } from './norms/model-norms';
import type { Norm } from './norms/norm';
import type { Target } from './rewrites/targets';

/** What `inspect` finds: model JSON, schema 1. */
export interface Inspection {
  readonly schema: 1;
  readonly format: 'onnx' | 'tfjs-graph' | 'tfjs-layers';
  /** In the order of the graph; those of nested graphs and functions after those of the main one. */
  readonly norms: readonly Norm[];
}

export interface InspectOptions {
  /** Where the model is to run: what it says can be rewritten depends on it. Default: `any`. */
  readonly target?: Target;
  /** External data by file name, or read as asked for. Default: none; it is not needed for finding. */
  readonly files?: ExternalFiles;
}

/**
 * Finds every normalization of an ONNX model, one operator or spelt in many, and says what can be done about it.
 *
 * @throws NormError `file` where the bytes are no ONNX model.
 */
export function inspectOnnx(
  bytes: Uint8Array,
  { target = 'any', files = {} }: InspectOptions = {},
): Inspection {
  const norms = modelNorms(readOnnx(bytes, files), target).graphs.flatMap((graph) => graph.norms);
  return { schema: 1, format: 'onnx', norms: norms.map(({ norm }) => norm) };
}
