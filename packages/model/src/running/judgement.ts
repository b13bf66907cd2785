import { judge, truthOfCall, worstGrade } from '@normlayers/conformance';
import { NormError } from '@normlayers/core';
import type { Inspection } from '../norms/inspection';
import type { Measured, Norm } from '../norms/norm';
import { isRefusal, type Refusal } from '../norms/refusal';
import { type Difficulty, difficultyOf } from './difficulty';
import { digitsBetween, digitsOf, type ModelTensors, numbersIn, type RunModel } from './model-tensor';
import { callsOf, type SeenNorm, type SeenParameter } from './norm-calls';
import type { Tapped, TappedNorm, Untapped } from './tapped';

/** A model's norms as a run showed them. */
export interface ModelJudgement extends Inspection {
  /** The first norm whose inputs differ between two providers in all but 3 digits; null: none does. */
  readonly drift: {
    readonly norm: string;
    readonly providers: readonly [string, string];
    readonly digits: number;
  } | null;
}

/** Fewer digits in common and two providers are said to drift apart; float16 holds 3.3 of them. */
const DRIFT_DIGITS = 3;
const DRIFT_DIGITS_OF_HALF = 1.5;

/** A model that gives what its norms take and make. */
export interface TappedModel<M> {
  readonly model: M;
  readonly norms: readonly (TappedNorm | Untapped)[];
  readonly format: Inspection['format'];
}

/**
 * Runs a tapped model on every provider, and says what that showed of its norms.
 *
 * @throws NormError `missing-argument` without a provider; `backend` where one does not run the model, which is the error's
 *   `argument`.
 */
export async function judgementOf<M>(
  tapped: TappedModel<M>,
  providers: Readonly<Record<string, RunModel<M>>>,
  inputs: ModelTensors,
): Promise<ModelJudgement> {
  const names = Object.keys(providers);
  if (names.length === 0)
    throw new NormError('missing-argument', 'providers is empty; expected one at least.');
  const runs: Record<string, ModelTensors> = {};
  for (const name of names) {
    try {
      runs[name] = { ...inputs, ...(await providers[name]!(tapped.model, inputs)) };
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new NormError('backend', `${name} does not run the model: ${what}`, {
        argument: name,
        cause: error,
      });
    }
  }
  const norms = tapped.norms.map((one): Norm => {
    const measured = 'why' in one ? one.why : measuredOf(one, runs);
    return isRefusal(measured) ? { ...one.norm, unmeasured: measured } : { ...one.norm, measured };
  });
  return { schema: 1, format: tapped.format, norms, drift: driftOf(tapped.norms, runs) };
}

function measuredOf(tapped: TappedNorm, runs: Readonly<Record<string, ModelTensors>>): Measured | Refusal {
  let hardest: Difficulty = { kappa: 0, largest: 0, halfHeadroomBits: Infinity };
  const digits: Record<string, number> = {};
  const held: Record<string, number> = {};
  const grades: Record<string, Measured['grades'][string]> = {};
  for (const [provider, tensors] of Object.entries(runs)) {
    const seen = seenIn(tapped, tensors);
    const calls = callsOf(seen);
    if (isRefusal(calls)) return calls;
    let fewest = Infinity;
    let heldThere = Infinity;
    grades[provider] = 'accurate';
    for (const { call, y } of calls) {
      const { grade, outputs } = judge({ y }, truthOfCall(call));
      grades[provider] = worstGrade([grades[provider], grade]);
      const [output] = outputs;
      if (output === undefined || output.digits >= fewest) continue;
      fewest = output.digits;
      heldThere = output.heldDigits;
    }
    digits[provider] = Math.min(fewest, digitsOf(seen.y.type));
    held[provider] = Math.min(heldThere, digitsOf(seen.y.type));
    for (const { call } of calls) hardest = harder(hardest, difficultyOf(call));
  }
  return { ...hardest, digits, held, grades };
}

function harder(a: Difficulty, b: Difficulty): Difficulty {
  return {
    kappa: Math.max(a.kappa, b.kappa),
    largest: Math.max(a.largest, b.largest),
    halfHeadroomBits: Math.min(a.halfHeadroomBits, b.halfHeadroomBits),
  };
}

function seenIn(
  { norm, operands, x, y, gamma, beta, mean, variance }: TappedNorm,
  tensors: ModelTensors,
): SeenNorm {
  const found = (name: string) => {
    const tensor = tensors[name];
    if (tensor === undefined) throw new NormError('backend', `a run of the model gave no ${name}.`);
    return tensor;
  };
  const parameter = (tapped: Tapped | null): SeenParameter | null => {
    if (tapped === null) return null;
    if ('constant' in tapped) {
      const { shape, read } = tapped.constant;
      const numbers = read.call(tapped.constant);
      if (numbers === null)
        throw new NormError('file', `parameters of ${norm.output} are in a file that is not given.`);
      return { dims: shape, numbers, iterations: 0 };
    }
    const tensor = found(tapped.name);
    return { dims: tensor.dims, numbers: numbersIn(tensor), iterations: tapped.iterations };
  };
  const axis = operands.channelAxis ?? 1;
  const { dims } = found(x.name);
  return {
    norm,
    x: found(x.name),
    y: found(y.name),
    iterations: x.iterations,
    channelAxis: axis < 0 ? axis + dims.length - x.iterations : axis,
    gamma: parameter(gamma),
    beta: parameter(beta),
    mean: parameter(mean),
    variance: parameter(variance),
  };
}

function driftOf(
  tapped: readonly (TappedNorm | Untapped)[],
  runs: Readonly<Record<string, ModelTensors>>,
): ModelJudgement['drift'] {
  const names = Object.keys(runs);
  for (const one of tapped) {
    if ('why' in one) continue;
    const tensors = names.map((name) => runs[name]![one.x.name]);
    for (let i = 1; i < tensors.length; i++) {
      const [a, b] = [tensors[0], tensors[i]];
      if (a === undefined || b === undefined) continue;
      const digits = digitsBetween(numbersIn(a), numbersIn(b), digitsOf(a.type));
      const least = a.type === 'float16' ? DRIFT_DIGITS_OF_HALF : DRIFT_DIGITS;
      if (digits < least) return { norm: one.norm.output, providers: [names[0]!, names[i]!], digits };
    }
  }
  return null;
}
