import { create } from '@bufbuild/protobuf';
import { NormError } from '@normlayers/core';
import { ValueInfoProtoSchema } from 'onnx-buf';
import { markChanged } from '../formats/onnx/edit';
import { type OnnxFile, readOnnx } from '../formats/onnx/read';
import type { ExternalFiles } from '../formats/onnx/tensors';
import { writeOnnx } from '../formats/onnx/write';
import { broadcast } from '../graph/constant';
import type { Inspection } from '../inspect';
import type { FoundNorm, Operands } from '../norms/find-norms';
import { modelNorms } from '../norms/model-norms';
import type { Measured, Norm } from '../norms/norm';
import type { Parameter } from '../norms/parameters';
import {
  digitsBetween,
  digitsOf,
  type ModelTensor,
  type ModelTensors,
  numbersIn,
  type RunModel,
} from './model-tensor';
import { type RandomInputOptions, randomInputs } from './random-inputs';
import { groupsOf, statisticsOf } from './statistics';

export interface JudgeOptions extends RandomInputOptions {
  /** Who runs the model, by name: `{ wasm: run }`, or two to see where they drift apart. */
  readonly providers: Readonly<Record<string, RunModel>>;
  /** Default: random ones, by `seed`. */
  readonly inputs?: ModelTensors;
  /** External data, for parameters that are held there. Default: none. */
  readonly files?: ExternalFiles;
}

/** A model's norms as a run showed them. */
export interface ModelJudgement extends Inspection {
  /** The first norm whose inputs differ between two providers in all but 3 digits; null: none does. */
  readonly drift: {
    readonly norm: string;
    readonly providers: readonly [string, string];
    readonly digits: number;
  } | null;
}

/** Fewer digits in common and two providers are said to drift apart. */
const DRIFT_DIGITS = 3;

/** The largest finite float16. */
const LARGEST_HALF = 65504;

/**
 * Runs an ONNX model with the input and output of every norm tapped, and says of each how hard its input is and how many
 * digits of its output are right: against float64, on the input that each provider itself had there.
 *
 * Norms in nested graphs and functions are listed without `measured`.
 *
 * @throws NormError `file` where the bytes are no ONNX model; `missing-argument` without a provider; `backend` where one
 *   does not run the model.
 */
export async function judgeModel(bytes: Uint8Array, options: JudgeOptions): Promise<ModelJudgement> {
  const { providers, files = {} } = options;
  const names = Object.keys(providers);
  if (names.length === 0)
    throw new NormError('missing-argument', 'providers is empty; expected one at least.');
  const file = readOnnx(bytes, files);
  const inputs = options.inputs ?? randomInputs(bytes, options);
  const found = modelNorms(file, 'any').graphs.flatMap(({ norms }) => norms);
  const tapped = tappedModel(file, found);
  const runs: Record<string, ModelTensors> = {};
  for (const name of names) {
    try {
      runs[name] = { ...inputs, ...(await providers[name]!(tapped, inputs)) };
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new NormError('backend', `${name} does not run the tapped model: ${what}`, { cause: error });
    }
  }
  const norms = found.map((one): Norm => {
    const measured = isTapped(one) ? measuredOf(one.norm, one.operands, runs) : null;
    return measured === null ? one.norm : { ...one.norm, measured };
  });
  return { schema: 1, format: 'onnx', norms, drift: driftOf(found, runs) };
}

type Tapped = FoundNorm & { readonly operands: Operands };

function isTapped(found: FoundNorm): found is Tapped {
  return found.operands !== null && found.norm.graph === '';
}

/** The model with all that has to be looked at among its outputs. */
function tappedModel(file: OnnxFile, found: readonly FoundNorm[]): Uint8Array {
  const graph = file.model.graph!;
  const known = new Set([...graph.output, ...graph.input].map(({ name }) => name));
  for (const one of found) {
    if (!isTapped(one)) continue;
    const { x, y, gamma, beta, mean, variance } = one.operands;
    const parameters = [gamma, beta, mean, variance].flatMap((parameter) => parameter?.value ?? []);
    for (const { name, constant } of [x, y, ...parameters]) {
      if (known.has(name) || constant !== null) continue;
      known.add(name);
      graph.output.push(create(ValueInfoProtoSchema, { name }));
    }
  }
  if (known.size > graph.input.length) markChanged(file, graph);
  return writeOnnx(file);
}

function measuredOf(
  norm: Norm,
  operands: Operands,
  runs: Readonly<Record<string, ModelTensors>>,
): Measured | null {
  let [kappa, largest, largestSquare] = [0, 0, 0];
  const digits: Record<string, number> = {};
  for (const [provider, tensors] of Object.entries(runs)) {
    const x = tensors[operands.x.name];
    const y = tensors[operands.y.name];
    if (x === undefined || y === undefined) return null;
    const judged = judgeOne(norm, operands, x, tensors);
    if (judged === null) return null;
    kappa = Math.max(kappa, judged.kappa);
    largest = Math.max(largest, judged.largest);
    largestSquare = Math.max(largestSquare, judged.largestSquare);
    digits[provider] = digitsBetween(judged.y, numbersIn(y), digitsOf(y.type));
  }
  const halfHeadroomBits = largestSquare === 0 ? Infinity : Math.log2(LARGEST_HALF / largestSquare);
  return { kappa, largest, halfHeadroomBits, digits };
}

/** y in float64 from the input that a provider had, and how hard that input is. */
function judgeOne(norm: Norm, operands: Operands, tensor: ModelTensor, tensors: ModelTensors) {
  const { dims } = tensor;
  const x = numbersIn(tensor);
  const groups = groupsOf(norm, dims);
  const own = statisticsOf(x, groups, norm.op !== 'rmsNorm');
  const perChannel = norm.op !== 'layerNorm' && norm.op !== 'rmsNorm';
  const read = (parameter: Parameter | null | undefined, otherwise: number) =>
    spread(parameter ?? null, otherwise, dims, perChannel, tensors);
  const gamma = read(operands.gamma, 1);
  const beta = read(operands.beta, 0);
  const given = operands.variance === undefined ? null : [read(operands.mean, 0), read(operands.variance, 1)];
  if (gamma === null || beta === null || given?.includes(null)) return null;
  const y = new Float64Array(x.length);
  let [kappa, largest, largestSquare] = [0, 0, 0];
  x.forEach((one, i) => {
    const group = groups.of[i]!;
    const mean = given === null ? own.mean[group]! : given[0]![i]!;
    const variance = given === null ? own.variance[group]! : given[1]![i]!;
    const deviation = Math.sqrt(variance + norm.epsilon);
    // A constant group gives beta, also with epsilon 0.
    const normalized = one === mean ? 0 : (one - mean) / deviation;
    y[i] = normalized * gamma[i]! + beta[i]!;
    kappa = Math.max(kappa, own.meanMagnitude[group]! / deviation);
    largest = Math.max(largest, Math.abs(one));
    largestSquare = Math.max(largestSquare, given === null ? own.largestSquare[group]! : 0);
  });
  return { y, kappa, largest, largestSquare };
}

/** A parameter for each element of x; null where its numbers are not at hand, or fit in no way known here. */
function spread(
  parameter: Parameter | null,
  otherwise: number,
  dims: readonly number[],
  perChannel: boolean,
  tensors: ModelTensors,
): Float64Array | null {
  const size = dims.reduce((all, one) => all * one, 1);
  if (parameter === null) return new Float64Array(size).fill(otherwise);
  const tensor = parameter.value === undefined ? null : tensors[parameter.value.name];
  if (tensor === undefined) return null;
  const shape = tensor?.dims ?? parameter.constant!.shape;
  const numbers = tensor === null ? parameter.constant!.read() : numbersIn(tensor);
  // A list with a number for each channel belongs to axis 1.
  const aligned = perChannel && shape.length === 1 ? [shape[0]!, ...dims.slice(2).map(() => 1)] : shape;
  return numbers && broadcast(numbers, aligned, dims);
}

function driftOf(
  found: readonly FoundNorm[],
  runs: Readonly<Record<string, ModelTensors>>,
): ModelJudgement['drift'] {
  const names = Object.keys(runs);
  for (const one of found) {
    if (!isTapped(one)) continue;
    const tensors = names.map((name) => runs[name]![one.operands.x.name]);
    for (let i = 1; i < tensors.length; i++) {
      const [a, b] = [tensors[0], tensors[i]];
      if (a === undefined || b === undefined) continue;
      const digits = digitsBetween(numbersIn(a), numbersIn(b), digitsOf(a.type));
      if (digits < DRIFT_DIGITS) return { norm: one.norm.output, providers: [names[0]!, names[i]!], digits };
    }
  }
  return null;
}
