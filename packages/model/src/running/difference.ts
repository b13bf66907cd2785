import { NormError } from '@normlayers/core';
import { digitsRight, type ModelTensor, type ModelTensors, numbersIn, type RunModel } from './model-tensor';

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

/** @param byOrder where outputs may have other names in the two runs, and are told by their order. */
export function differenceBetween(
  expected: ModelTensors,
  actual: ModelTensors,
  least: number | undefined,
  against: Difference['against'],
  byOrder = false,
): Difference {
  const outputs: Record<string, number> = {};
  let right = true;
  const inOrder = byOrder ? Object.values(actual) : null;
  for (const [i, [name, tensor]] of Object.entries(expected).entries()) {
    const digits = digitsRight(tensor, inOrder === null ? actual[name] : inOrder[i]);
    outputs[name] = digits;
    right &&= digits >= (least ?? leastDigitsOf(tensor));
  }
  return { outputs, digits: Math.min(...Object.values(outputs)), right, against };
}

/** How many digits of an output have to agree where nothing else is asked for. */
function leastDigitsOf({ type }: ModelTensor): number {
  return type === 'float16' ? 2 : 3;
}

/** @throws NormError `backend` where the model does not run, or gives nothing. */
export async function ran<M>(
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

/** How many digits more than by a rounding of its inputs an output may lose, and how many must be right at least. */
const [LOSS, LEAST] = [1, 1];

/** A difference with too few digits, right after all where the original itself holds no more of them on these inputs. */
export async function besideWhatIsHeld<M>(
  difference: Difference,
  {
    run,
    original,
    inputs,
    before,
    digits: wanted,
  }: {
    readonly run: RunModel<M>;
    readonly original: M;
    readonly inputs: ModelTensors;
    /** What the original gave. */
    readonly before: ModelTensors;
    readonly digits: number | undefined;
  },
): Promise<Difference> {
  const nudged = await ran(run, original, nudgedInputs(inputs), 'original');
  const own = differenceBetween(before, nudged, wanted, 'original').outputs;
  const right = Object.entries(difference.outputs).every(([name, digits]) => {
    const least = wanted ?? leastDigitsOf(before[name]!);
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
