import { type TfjsArtifacts, tfjsFormat } from '../../formats/tfjs/artifacts';
import { judgementOf, type ModelJudgement } from '../judgement';
import type { ModelTensors, RunModel } from '../model-tensor';
import type { RandomInputOptions } from '../random-tensors';
import { randomInputs } from './random-inputs';
import { tappedArtifacts } from './tap-artifacts';

export interface TfjsJudgeOptions extends RandomInputOptions {
  /** Who runs the model, by name: `{ wasm: tfjsRunner(tf) }`, or two to see where they drift apart. */
  readonly providers: Readonly<Record<string, RunModel<TfjsArtifacts>>>;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
}

/**
 * Runs a TensorFlow.js model with the input and output of every norm tapped, and says of each how hard its input is and how
 * good its output: graded by the verdict of `@normlayers/conformance`, against float64, on the input that each provider itself
 * had there. What a run says nothing of has `unmeasured` with the reason.
 *
 * @throws NormError `file` where it is no model; `missing-argument` without a provider; `backend` where one does not run the
 *   model, which is the error's `argument`.
 */
export async function judgeModel(model: TfjsArtifacts, options: TfjsJudgeOptions): Promise<ModelJudgement> {
  const inputs = options.inputs ?? randomInputs(model, options);
  const { artifacts, norms } = tappedArtifacts(model);
  return judgementOf({ model: artifacts, norms, format: tfjsFormat(model) }, options.providers, inputs);
}
