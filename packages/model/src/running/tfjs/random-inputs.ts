import type { TfjsArtifacts } from '../../formats/tfjs/artifacts';
import { tfjsInputs } from '../../formats/tfjs/inputs';
import type { ModelTensor } from '../model-tensor';
import { type ModelInput, type RandomInputOptions, randomTensors } from '../random-tensors';

/**
 * The inputs of a TensorFlow.js model, by the names that TensorFlow.js has for them.
 *
 * @throws NormError `file` where it is no model.
 */
export function inputsOf(model: TfjsArtifacts): ModelInput[] {
  return tfjsInputs(model);
}

/**
 * Random inputs for a TensorFlow.js model: numbers between -1 and 1, integers and truth values 0 or 1.
 *
 * @throws NormError `file` where it is no model; `unsupported` for inputs of text, or of no known shape.
 */
export function randomInputs(
  model: TfjsArtifacts,
  options?: RandomInputOptions,
): Record<string, ModelTensor> {
  return randomTensors(inputsOf(model), options);
}
