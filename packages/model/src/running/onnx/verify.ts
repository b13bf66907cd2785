import { NormError } from '@normlayers/core';
import { halfAsSingle } from '../../formats/onnx/half-as-single';
import type { ExternalFiles } from '../../formats/onnx/tensors';
import { type TfjsArtifacts, tfjsFormat } from '../../formats/tfjs/artifacts';
import { inSingle } from './half-precision';
import { digitsRight, type ModelTensor, type ModelTensors, numbersIn, type RunModel } from '../model-tensor';
import { type RandomInputOptions, randomInputs } from './random-inputs';

export interface VerifyOptions<M extends Uint8Array | TfjsArtifacts = Uint8Array> extends RandomInputOptions {
  readonly original: M;
  readonly mended: M;
  /** Of TensorFlow.js's artifacts: what `tfjsRunner(tf)` gives. */
  readonly run: RunModel<M>;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
  /** How many digits have to agree. Default: 3, and 2 where an output is float16. */
  readonly digits?: number;
  /** The original's external data. Default: none. */
  readonly files?: ExternalFiles;
}

/** How far two models differ. */
export interface Difference {
  /** Digits that agree, by output. */
  readonly outputs: Readonly<Record<string, number>>;
  /** The fewest of them. */
  readonly digits: number;
  readonly right: boolean;
  /**
   * What the mended model was compared with: the original, or, where these differ and there is float16 in it, the original in
   * float32. A float16 model that overflows is mended to say what it would say there.
   */
  readonly against: 'original' | 'original in float32';
  /**
   * Where digits are fewer than asked for: how many of the original's own stay when one rounding is added to each of its
   * inputs. A mended model that loses at most one digit more is right: the model does not say more than that here.
   */
  readonly held?: number;
}

/** How many digits more than by a rounding of its inputs an output may lose, and how many must be right at least. */
const [LOSS, LEAST] = [1, 1];

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
export async function verify<M extends Uint8Array | TfjsArtifacts>(
  options: VerifyOptions<M>,
): Promise<Difference> {
  const { original, mended, run } = options;
  const inputs = options.inputs ?? randomInputs(original, options);
  const after = await ran(run, mended, inputs, 'mended');
  const before = await ran(run, original, inputs, 'original');
  if (!(original instanceof Uint8Array)) {
    const byOrder = tfjsFormat(original) === 'tfjs-layers';
    return between(before, after, options.digits, 'original', byOrder);
  }
  const difference = between(before, after, options.digits, 'original');
  if (difference.right) return difference;
  const { files = {} } = options;
  if (halfAsSingle(original, { files }) !== original) {
    const wide = await ran(inSingle(run as RunModel, files), original, inputs, 'original');
    const narrow = Object.entries(wide).map(([name, { type, dims, data }]) => [
      name,
      { type: before[name]?.type ?? type, dims, data },
    ]);
    const again = between(Object.fromEntries(narrow), after, options.digits, 'original in float32');
    if (again.right) return again;
  }
  const nudged = await ran(run, original, nudgedInputs(inputs), 'original');
  const own = between(before, nudged, options.digits, 'original').outputs;
  const right = Object.entries(difference.outputs).every(([name, digits]) => {
    const least = options.digits ?? leastOf(before[name]!);
    return digits >= Math.min(least, Math.max(LEAST, own[name]! - LOSS));
  });
  return { ...difference, right, held: Math.min(...Object.values(own)) };
}

/** Every other number one rounding up, and those between down. */
function nudgedInputs(inputs: ModelTensors): ModelTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      if (tensor.type !== 'float32') return [name, tensor];
      const data = Float32Array.from(
        numbersIn(tensor),
        (one, i) => one * (1 + (i % 2 === 0 ? ROUNDING : -ROUNDING)),
      );
      return [name, { type: 'float32', dims: tensor.dims, data }];
    }),
  );
}

const ROUNDING = 2 ** -23;

function leastOf({ type }: ModelTensor): number {
  return type === 'float16' ? 2 : 3;
}

function between(
  expected: ModelTensors,
  actual: ModelTensors,
  least: number | undefined,
  against: Difference['against'],
  byOrder = false,
): Difference {
  const outputs: Record<string, number> = {};
  let right = true;
  // Whose layer an output is changes with what is folded; which one it is does not.
  const inOrder = byOrder ? Object.values(actual) : null;
  for (const [i, [name, tensor]] of Object.entries(expected).entries()) {
    const digits = digitsRight(tensor, inOrder === null ? actual[name] : inOrder[i]);
    outputs[name] = digits;
    right &&= digits >= (least ?? leastOf(tensor));
  }
  return { outputs, digits: Math.min(...Object.values(outputs)), right, against };
}

async function ran<M>(
  run: RunModel<M>,
  model: M,
  inputs: ModelTensors,
  which: string,
): Promise<ModelTensors> {
  let outputs: ModelTensors;
  try {
    outputs = await run(model, inputs);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new NormError('backend', `the ${which} model does not run: ${what}`, { cause: error });
  }
  if (Object.keys(outputs).length === 0)
    throw new NormError('backend', `the ${which} model gave no outputs.`);
  return outputs;
}
