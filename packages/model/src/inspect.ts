import type { ExternalFiles } from './formats/onnx/tensors';
import type { Inspection } from './norms/inspection';
import { modelNorms } from './norms/model-norms';
import { readWithFunctionNorms } from './rewrites/function-norms';
import { checkTarget, TARGETS, type Target } from './rewrites/targets';

export interface InspectOptions {
  /** Where the model is to run: what it says can be rewritten depends on it. Default: `any`. */
  readonly target?: Target;
  /** External data by file name, or read as asked for. Default: none; it is not needed for finding. */
  readonly files?: ExternalFiles;
}

/**
 * Finds every normalization of a model, one operator or spelt in many, and says what can be done about it. One in a function is
 * told of in each call, as which it can be mended.
 *
 * @param model the bytes of an ONNX file. TensorFlow.js's models go to `inspect` of `@normlayers/model/tfjs`.
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
export function inspect(model: Uint8Array, options: InspectOptions = {}): Inspection {
  const { target = 'any', files = {} } = options;
  checkTarget(target, TARGETS);
  const file = readWithFunctionNorms(model, files, target);
  const norms = modelNorms(file, target).graphs.flatMap((graph) => graph.norms);
  return { schema: 1, format: 'onnx', norms: norms.map(({ norm }) => norm) };
}
