import { NormError } from '@normlayers/core';
import { type TfjsArtifacts, tfjsFormat } from '../formats/tfjs/artifacts';
import { digitsRight, type ModelTensors, type RunModel } from './model-tensor';
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
}

/** How far two models differ. */
export interface Difference {
  /** Digits that agree, by output. */
  readonly outputs: Readonly<Record<string, number>>;
  /** The fewest of them. */
  readonly digits: number;
  readonly right: boolean;
}

/**
 * Runs a model and what became of it on the same inputs, and says how far their outputs differ.
 *
 * @throws NormError `backend` where one of them does not run, or gives nothing.
 */
export async function verify<M extends Uint8Array | TfjsArtifacts>(
  options: VerifyOptions<M>,
): Promise<Difference> {
  const { original, mended, run, digits: least } = options;
  const inputs = options.inputs ?? randomInputs(original, options);
  const before = await ran(run, original, inputs, 'original');
  const after = await ran(run, mended, inputs, 'mended');
  const outputs: Record<string, number> = {};
  let right = true;
  // Whose layer an output is changes with what is folded; which one it is does not.
  const byOrder = !(original instanceof Uint8Array) && tfjsFormat(original) === 'tfjs-layers';
  const inOrder = Object.values(after);
  for (const [i, [name, expected]] of Object.entries(before).entries()) {
    const digits = digitsRight(expected, byOrder ? inOrder[i] : after[name]);
    outputs[name] = digits;
    right &&= digits >= (least ?? (expected.type === 'float16' ? 2 : 3));
  }
  return { outputs, digits: Math.min(...Object.values(outputs)), right };
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
