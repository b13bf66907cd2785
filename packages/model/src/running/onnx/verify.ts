import { halfAsSingle } from '../../formats/onnx/conversions/half-as-single';
import type { ExternalFiles } from '../../formats/onnx/tensors';
import { besideWhatIsHeld, type Difference, differenceBetween, ran } from '../difference';
import type { ModelTensors, RunModel } from '../model-tensor';
import type { RandomInputOptions } from '../random-tensors';
import { inSingle } from './half-precision';
import { randomInputs } from './random-inputs';

export interface VerifyOptions extends RandomInputOptions {
  readonly original: Uint8Array;
  readonly mended: Uint8Array;
  readonly run: RunModel;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
  /** How many digits have to agree. Default: 3, and 2 where an output is float16. */
  readonly digits?: number;
  /** The original's external data. Default: none. */
  readonly files?: ExternalFiles;
}

/**
 * Runs a model and what became of it on the same inputs, and says how far their outputs differ.
 *
 * @throws NormError `backend` where one of them does not run, or gives nothing.
 *
 * @example
 * ```ts
 * import { mend, type RunModel, verify } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 * import * as ort from 'onnxruntime-web';
 *
 * const run: RunModel = async (bytes, inputs) => {
 *   const session = await ort.InferenceSession.create(bytes.slice(), { executionProviders: ['wasm'] });
 *   const tensors = Object.entries(inputs).map(([name, { type, data, dims }]) => [
 *     name,
 *     new ort.Tensor(type as 'float32', data as Float32Array, dims),
 *   ]);
 *   return session.run(Object.fromEntries(tensors)) as never;
 * };
 * const original = await readFile(process.env.MODEL!);
 * const { right, against } = await verify({ original, mended: mend(original).bytes, run });
 * assert(right && against === 'original');
 * ```
 */
export async function verify(options: VerifyOptions): Promise<Difference> {
  const { original, mended, run } = options;
  const inputs = options.inputs ?? randomInputs(original, options);
  const after = await ran(run, mended, inputs, 'mended');
  const before = await ran(run, original, inputs, 'original');
  const difference = differenceBetween(before, after, options.digits, 'original');
  if (difference.right) return difference;
  const { files = {} } = options;
  if (halfAsSingle(original, { files }) !== original) {
    const wide = await ran(inSingle(run, files), original, inputs, 'original');
    const narrow = Object.entries(wide).map(([name, { type, dims, data }]) => [
      name,
      { type: before[name]?.type ?? type, dims, data },
    ]);
    const again = differenceBetween(Object.fromEntries(narrow), after, options.digits, 'original in float32');
    if (again.right) return again;
  }
  return besideWhatIsHeld(difference, { run, original, inputs, before, digits: options.digits });
}
