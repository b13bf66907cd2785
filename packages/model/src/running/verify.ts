import { NormError } from '@normlayers/core';
import { digitsRight, type ModelTensors, type RunModel } from './model-tensor';
import { type RandomInputOptions, randomInputs } from './random-inputs';

export interface VerifyOptions extends RandomInputOptions {
  readonly original: Uint8Array;
  readonly mended: Uint8Array;
  readonly run: RunModel;
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
export async function verify(options: VerifyOptions): Promise<Difference> {
  const { original, mended, run, digits: least } = options;
  const inputs = options.inputs ?? randomInputs(original, options);
  const before = await ran(run, original, inputs, 'original');
  const after = await ran(run, mended, inputs, 'mended');
  const outputs: Record<string, number> = {};
  let right = true;
  for (const [name, expected] of Object.entries(before)) {
    const digits = digitsRight(expected, after[name]);
    outputs[name] = digits;
    right &&= digits >= (least ?? (expected.type === 'float16' ? 2 : 3));
  }
  return { outputs, digits: Math.min(...Object.values(outputs)), right };
}

async function ran(
  run: RunModel,
  bytes: Uint8Array,
  inputs: ModelTensors,
  which: string,
): Promise<ModelTensors> {
  let outputs: ModelTensors;
  try {
    outputs = await run(bytes, inputs);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new NormError('backend', `the ${which} model does not run: ${what}`, { cause: error });
  }
  if (Object.keys(outputs).length === 0)
    throw new NormError('backend', `the ${which} model gave no outputs.`);
  return outputs;
}
