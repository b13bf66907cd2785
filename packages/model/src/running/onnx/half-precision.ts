import { toFloat16Bits } from '@normlayers/core';
import { halfAsSingle, halfOutputs } from '../../formats/onnx/conversions/half-as-single';
import type { ExternalFiles } from '../../formats/onnx/tensors';
import { type ModelTensor, type ModelTensors, numbersIn, type RunModel } from '../model-tensor';

/**
 * Runs float16 models as an engine does that stores float16 between operators: the result of each is rounded, and what is
 * beyond 65504 overflows. ONNX Runtime's wasm provider, which computes chains of operators in float32, does not show that.
 * Other models are run as they are.
 *
 * @example
 * ```ts
 * import { judgeModel, roundingToHalf, type RunModel } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 * import * as ort from 'onnxruntime-web';
 *
 * const wasm: RunModel = async (bytes, inputs) => {
 *   const session = await ort.InferenceSession.create(bytes.slice(), { executionProviders: ['wasm'] });
 *   const tensors = Object.entries(inputs).map(([name, { type, data, dims }]) => [
 *     name,
 *     new ort.Tensor(type as 'float32', data as Float32Array, dims),
 *   ]);
 *   return session.run(Object.fromEntries(tensors)) as never;
 * };
 * const providers = { wasm, float16: roundingToHalf(wasm) };
 * const { norms } = await judgeModel(await readFile(process.env.MODEL!), { providers });
 * assert.equal(norms[0]!.measured!.grades.float16, norms[0]!.measured!.grades.wasm);
 * ```
 */
export function roundingToHalf(run: RunModel, files: ExternalFiles = {}): RunModel {
  return async (bytes, inputs) => {
    const wide = halfAsSingle(bytes, { files, rounded: true });
    if (wide === bytes) return run(bytes, inputs);
    const half = halfOutputs(bytes);
    const outputs = await run(wide, singles(inputs));
    return mapped(outputs, (tensor, name) => (half.has(name) ? narrowed(tensor) : tensor));
  };
}

/** Runs a model with float32 in the place of float16; what it gives is float32 then. */
export function inSingle(run: RunModel, files: ExternalFiles = {}): RunModel {
  return (bytes, inputs) => run(halfAsSingle(bytes, { files }), singles(inputs));
}

function singles(inputs: ModelTensors): ModelTensors {
  return mapped(inputs, (tensor) =>
    tensor.type === 'float16'
      ? { type: 'float32', dims: tensor.dims, data: Float32Array.from(numbersIn(tensor)) }
      : tensor,
  );
}

function narrowed(tensor: ModelTensor): ModelTensor {
  return { type: 'float16', dims: tensor.dims, data: Uint16Array.from(numbersIn(tensor), toFloat16Bits) };
}

function mapped(
  tensors: ModelTensors,
  change: (tensor: ModelTensor, name: string) => ModelTensor,
): ModelTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor, name)]));
}
