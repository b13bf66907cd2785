import { linkOnnx, type OnnxFile, type OnnxGraph, isFunction, readOnnx, versionsOf } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import { type GraphNorms, normsOf } from './norms/find-norms';
import type { Norm } from './norms/norm';
import { type Refusal, refusal } from './norms/refusal';
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
export function inspectOnnx(bytes: Uint8Array, { target = 'any', files = {} }: InspectOptions = {}): Inspection {
  const file = readOnnx(bytes, files);
  const norms = linkOnnx(file).flatMap((graph) => onnxNorms(file, graph, target).norms);
  return { schema: 1, format: 'onnx', norms: norms.map(({ norm }) => norm) };
}

/** Opsets whose operators are known here. */
export const OPSETS = { first: 9, last: 24 } as const;

export function onnxNorms(file: OnnxFile, graph: OnnxGraph, target: Target): GraphNorms {
  return normsOf(graph, target, frozenOf(file, graph));
}

/** Why a graph is left as it is. */
function frozenOf({ model }: OnnxFile, graph: OnnxGraph): Refusal | null {
  let outermost = graph;
  while (outermost.parent !== null) outermost = outermost.parent as OnnxGraph;
  if (isFunction(outermost.message)) return refusal('nested', 'it is in the body of a function.');
  const opset = versionsOf(model.opsetImport)[''] ?? 0;
  return opset < OPSETS.first || opset > OPSETS.last
    ? refusal('opset', `the model is of opset ${opset}; ${OPSETS.first} to ${OPSETS.last} are known here.`)
    : null;
}
