import { type TfjsArtifacts, tfjsFormat } from '../formats/tfjs/artifacts';
import { graphModelNorms } from '../norms/graph-norms';
import type { Inspection } from '../norms/inspection';
import { layerNorms } from '../norms/layer-norms';
import { checkTarget, TFJS_TARGETS, type TfjsTarget } from '../rewrites/targets';
import { foldLayers } from '../rewrites/tfjs/fold-layers';

export interface TfjsInspectOptions {
  /** Where the model is to run: what it says can be rewritten depends on it. Default: `any`. */
  readonly target?: TfjsTarget;
}

/**
 * Finds every normalization of a TensorFlow.js model, layers or graph, and says what can be done about it.
 *
 * @param model its artifacts: what an IO handler loads, or `tfjsArtifacts` makes of files.
 * @throws NormError `file` where it is no model; `unknown-argument` for an unknown target.
 */
export function inspect(model: TfjsArtifacts, options: TfjsInspectOptions = {}): Inspection {
  const { target = 'any' } = options;
  const format = tfjsFormat(model);
  checkTarget(target, TFJS_TARGETS);
  const norms =
    format === 'tfjs-graph'
      ? graphModelNorms(model, target).flatMap((graph) => graph.norms.map(({ norm }) => norm))
      : [...foldLayers(model).norms, ...layerNorms(model)];
  return { schema: 1, format, norms };
}
