import { inlineFunctions } from '../../formats/onnx/conversions/inline-functions';
import { readOnnx } from '../../formats/onnx/read';
import type { ExternalFiles } from '../../formats/onnx/tensors';
import { modelNorms } from '../../norms/model-norms';
import { judgementOf, type ModelJudgement } from '../judgement';
import type { ModelTensors, RunModel } from '../model-tensor';
import type { RandomInputOptions } from '../random-tensors';
import { randomInputs } from './random-inputs';
import { tappedModel } from './tap';

export interface JudgeOptions extends RandomInputOptions {
  /** Who runs the model, by name: `{ wasm: run }`, or two to see where they drift apart. */
  readonly providers: Readonly<Record<string, RunModel>>;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
  /** External data, for parameters that are held there. Default: none. */
  readonly files?: ExternalFiles;
}

/**
 * Runs a model with the input and output of every norm tapped, and says of each how hard its input is and how good
 * its output: graded by the verdict of `@normlayers/conformance`, against float64, on the input that each provider itself
 * had there. Norms in functions are judged in each call, those in a Loop or Scan in all iterations together; norms in the
 * branch of an If that is not taken, and others that a run says nothing of, have `unmeasured` with the reason.
 *
 * @throws NormError `file` where it is no model; `missing-argument` without a provider; `backend` where one
 *   does not run the model, which is the error's `argument`.
 *
 * @example
 * ```ts
 * import { judgeModel, type RunModel } from '@normlayers/model';
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
 * const { norms } = await judgeModel(await readFile(process.env.MODEL!), { providers: { wasm } });
 * assert.notEqual(norms[0]!.measured!.grades.wasm, 'wrong');
 * ```
 */
export async function judgeModel(model: Uint8Array, options: JudgeOptions): Promise<ModelJudgement> {
  const { providers, files = {} } = options;
  const inputs = options.inputs ?? randomInputs(model, options);
  const { file } = inlineFunctions(readOnnx(model, files));
  const found = modelNorms(file, 'any').graphs.flatMap((graph) => graph.norms);
  const { bytes, norms } = tappedModel(file, found);
  return judgementOf({ model: bytes, norms, format: 'onnx' }, providers, inputs);
}
