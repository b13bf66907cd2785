import { readOnnx } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import { type TfjsArtifacts, tfjsFormat } from './formats/tfjs/artifacts';
import { graphModelNorms } from './norms/graph-norms';
import { layerNorms } from './norms/layer-norms';
import { modelNorms } from './norms/model-norms';
import type { Norm } from './norms/norm';
import { checkTarget, TARGETS, type Target, TFJS_TARGETS, type TfjsTarget } from './rewrites/targets';
import { foldLayers } from './rewrites/tfjs/fold-layers';

/** What `inspect` finds: model JSON, schema 1. */
export interface Inspection {
  readonly schema: 1;
  readonly format: 'onnx' | 'tfjs-graph' | 'tfjs-layers';
  /** In the order of the graph; those of nested graphs and functions after those of the main one. */
  readonly norms: readonly Norm[];
}

export interface InspectOptions {
  /** Where the model is to run: what it says can be rewritten depends on it. Default: `any`. */
  readonly target?: Target | TfjsTarget;
  /** ONNX's external data by file name, or read as asked for. Default: none; it is not needed for finding. */
  readonly files?: ExternalFiles;
}

/**
 * Finds every normalization of a model, one operator or spelt in many, and says what can be done about it.
 *
 * @param model the bytes of an ONNX file, or the artifacts of a TensorFlow.js model, layers or graph.
 * @throws NormError `file` where it is no model; `unknown-argument` for an unknown target.
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
  const { target = 'any', files = {} } = options;
  if (!(model instanceof Uint8Array)) {
    const format = tfjsFormat(model);
    checkTarget(target, TFJS_TARGETS);
    const norms =
      format === 'tfjs-graph'
        ? graphModelNorms(model, target as TfjsTarget).flatMap((graph) => graph.norms.map(({ norm }) => norm))
        : [...foldLayers(model).norms, ...layerNorms(model)];
    return { schema: 1, format, norms };
  }
  checkTarget(target, TARGETS);
  const norms = modelNorms(readOnnx(model, files), target as Target).graphs.flatMap((graph) => graph.norms);
  return { schema: 1, format: 'onnx', norms: norms.map(({ norm }) => norm) };
}
