import { type TfjsArtifacts, tfjsFormat } from '../../formats/tfjs/artifacts';
import { besideWhatIsHeld, type Difference, differenceBetween, ran } from '../difference';
import type { ModelTensors, RunModel } from '../model-tensor';
import type { RandomInputOptions } from '../random-tensors';
import { randomInputs } from './random-inputs';

export interface TfjsVerifyOptions extends RandomInputOptions {
  readonly original: TfjsArtifacts;
  readonly mended: TfjsArtifacts;
  /** What `tfjsRunner(tf)` gives. */
  readonly run: RunModel<TfjsArtifacts>;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
  /** How many digits have to agree. Default: 3. */
  readonly digits?: number;
}

/**
 * Runs a TensorFlow.js model and what became of it on the same inputs, and says how far their outputs differ.
 *
 * @throws NormError `backend` where one of them does not run, or gives nothing.
 */
export async function verify(options: TfjsVerifyOptions): Promise<Difference> {
  const { original, mended, run, digits } = options;
  const inputs = options.inputs ?? randomInputs(original, options);
  const after = await ran(run, mended, inputs, 'mended');
  const before = await ran(run, original, inputs, 'original');
  // Whose layer an output is changes with what is folded; which one it is does not.
  const byOrder = tfjsFormat(original) === 'tfjs-layers';
  const difference = differenceBetween(before, after, digits, 'original', byOrder);
  return difference.right
    ? difference
    : besideWhatIsHeld(difference, { run, original, inputs, before, digits });
}
