import { NormError } from '@normlayers/core';
import { readOnnx } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import type { TfjsArtifacts } from './formats/tfjs/artifacts';
import { graphNorms } from './norms/graph-norms';
import { layerNorms } from './norms/layer-norms';
import { modelNorms } from './norms/model-norms';
import type { Norm } from './norms/norm';
import { foldLayers } from './rewrites/fold-layers';
import type { Target } from './rewrites/targets';

/** What `inspect` finds: model JSON, schema 1. */
export interface Inspection {
  readonly schema: 1;
  readonly format: 'onnx' | 'tfjs-graph' | 'tfjs-layers';
  /** In the order of the graph; those of nested graphs and functions after those of the main one. */
  readonly norms: readonly Norm[];
}

export interface InspectOptions {
  /** Where an ONNX model is to run: what it says can be rewritten depends on it. Default: `any`. */
  readonly target?: Target;
  /** ONNX's external data by file name, or read as asked for. Default: none; it is not needed for finding. */
  readonly files?: ExternalFiles;
}

/**
 * Finds every normalization of a model, one operator or spelt in many, and says what can be done about it.
 *
 * @param model the bytes of an ONNX file, or the artifacts of a TensorFlow.js model, layers or graph.
 * @throws NormError `file` where it is no model.
 *
 * @example
 * ```ts
 * import { inspect } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 *
 * const { norms } = inspect(await readFile(process.env.MODEL!));
 * assert.deepEqual(norms.map(({ op, rewrite }) => [op, rewrite?.to]), [
 *   ['layerNorm', 'LayerNormalization'],
 *   ['layerNorm', 'LayerNormalization'],
 * ]);
 * ```
 */
export function inspect(model: Uint8Array | TfjsArtifacts, options: InspectOptions = {}): Inspection {
  if (!(model instanceof Uint8Array)) {
    const format = tfjsFormat(model);
    const norms =
      format === 'tfjs-graph' ? graphNorms(model) : [...foldLayers(model).norms, ...layerNorms(model)];
    return { schema: 1, format, norms };
  }
  const { target = 'any', files = {} } = options;
  const norms = modelNorms(readOnnx(model, files), target).graphs.flatMap((graph) => graph.norms);
  return { schema: 1, format: 'onnx', norms: norms.map(({ norm }) => norm) };
}

/** Which of TensorFlow.js's two formats artifacts are of: graphs have a list of nodes. */
export function tfjsFormat({ modelTopology }: TfjsArtifacts): 'tfjs-graph' | 'tfjs-layers' {
  if (typeof modelTopology !== 'object' || modelTopology === null) {
    throw new NormError('file', 'the artifacts have no modelTopology.');
  }
  return 'node' in modelTopology ? 'tfjs-graph' : 'tfjs-layers';
}
