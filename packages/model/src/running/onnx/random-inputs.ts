import { linkOnnx, readOnnx } from '../../formats/onnx/read';
import type { ModelTensor } from '../model-tensor';
import { type ModelInput, type RandomInputOptions, randomTensors } from '../random-tensors';

/**
 * The inputs of a model, without those that have a default.
 *
 * @throws NormError `file` where it is no model.
 *
 * @example
 * ```ts
 * import { inputsOf } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 *
 * const inputs = inputsOf(await readFile(process.env.MODEL!));
 * assert.deepEqual(inputs, [{ name: 'onnx::Flatten_0', type: 'float32', shape: [1, 16, 96] }]);
 * ```
 */
export function inputsOf(model: Uint8Array): ModelInput[] {
  const file = readOnnx(model);
  const [graph] = linkOnnx(file);
  const given = new Set(file.model.graph!.initializer.map(({ name }) => name));
  return file.model
    .graph!.input.filter(({ name }) => !given.has(name))
    .map(({ name }) => {
      const { type, shape } = graph!.values.get(name)!;
      return { name, type, shape };
    });
}

/**
 * Random inputs for a model: numbers between -1 and 1, integers and truth values 0 or 1. Inputs that have a default are left
 * out.
 *
 * @throws NormError `file` where it is no model; `unsupported` for inputs of text, or of no known shape.
 */
export function randomInputs(model: Uint8Array, options?: RandomInputOptions): Record<string, ModelTensor> {
  return randomTensors(inputsOf(model), options);
}
