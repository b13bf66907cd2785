import { type DType, type NormCall, NormError, type Tensor, toFloat16Bits } from '@normlayers/core';
import { OPERATIONS, sizeOf } from '@normlayers/core/adapter';
import type { Norm } from '../norms/norm';
import { type Refusal, refusal } from '../norms/refusal';
import { type ModelTensor, numbersIn } from './model-tensor';

/** Numbers with a shape. */
interface Numbers {
  readonly dims: readonly number[];
  readonly numbers: Float64Array;
}

/** A parameter as a run gave it; the first of its axes may count iterations, as the input's do. */
export interface SeenParameter extends Numbers {
  readonly iterations: number;
}

/** All that a run gave of a norm. */
export interface SeenNorm {
  readonly norm: Norm;
  readonly x: ModelTensor;
  readonly y: ModelTensor;
  /** How many axes of x and y in front count iterations. */
  readonly iterations: number;
  /** The axis of the channels, from the front and without iterations. */
  readonly channelAxis: number;
  readonly gamma: SeenParameter | null;
  readonly beta: SeenParameter | null;
  readonly mean: SeenParameter | null;
  readonly variance: SeenParameter | null;
}

/** A call that a norm amounts to, and what came of it. */
export interface SeenCall {
  readonly call: NormCall;
  readonly y: Tensor;
}

/** More calls than these make no table in a reasonable time. */
const MOST_CALLS = 4096;

/**
 * What a norm did in a run, as calls of ours: one, or one for each iteration of the loops around it, and for each part of the
 * input that has a gamma or beta of its own.
 */
export function callsOf(seen: SeenNorm): SeenCall[] | Refusal {
  const { norm, iterations } = seen;
  const dtype = floating(seen.y.type);
  if (dtype === null || floating(seen.x.type) === null) {
    return refusal('unknown-type', `${norm.input} is ${seen.x.type}, and ${norm.output} ${seen.y.type}.`);
  }
  const [x, y] = [seen.x, seen.y].map((tensor) => ({ dims: tensor.dims, numbers: numbersIn(tensor) }));
  if (x!.numbers.length === 0)
    return refusal('not-reached', 'these inputs do not take the branch that it is in.');
  if (x!.dims.length < iterations || x!.dims.join() !== y!.dims.join()) {
    return refusal(
      'parameter-shape',
      `${norm.input} has shape [${x!.dims}], and ${norm.output} [${y!.dims}].`,
    );
  }
  const calls: SeenCall[] = [];
  for (const at of indices(x!.dims.slice(0, iterations))) {
    const inner = (numbers: Numbers, count: number) => leading(numbers, at.slice(0, count));
    const parameter = (one: SeenParameter | null) => one && inner(one, one.iterations);
    const parts = partsOf(norm, inner(x!, iterations), inner(y!, iterations), {
      gamma: parameter(seen.gamma),
      beta: parameter(seen.beta),
      mean: parameter(seen.mean),
      variance: parameter(seen.variance),
      channelAxis: seen.channelAxis,
      dtype,
    });
    if ('reason' in parts) return parts;
    calls.push(...parts);
    if (calls.length > MOST_CALLS) return TOO_MANY;
  }
  return calls;
}

const TOO_MANY = refusal('parameter-shape', `it amounts to more than ${MOST_CALLS} calls.`);

function floating(type: string): DType | null {
  return type === 'float32' || type === 'float16' || type === 'float64' ? type : null;
}

interface Given {
  readonly gamma: Numbers | null;
  readonly beta: Numbers | null;
  readonly mean: Numbers | null;
  readonly variance: Numbers | null;
  readonly channelAxis: number;
  readonly dtype: DType;
}

function partsOf(norm: Norm, x: Numbers, y: Numbers, given: Given): SeenCall[] | Refusal {
  return OPERATIONS[norm.op].sharedBy === 'axes'
    ? alongAxes(norm, x, y, given)
    : alongChannels(norm, x, y, given);
}

/** Layer and RMS Norm: what gamma and beta vary along beside the normalized axes is taken apart. */
function alongAxes(norm: Norm, x: Numbers, y: Numbers, given: Given): SeenCall[] | Refusal {
  const rank = x.dims.length;
  const axes = (norm.axes ?? [-1]).map((axis) => (axis < 0 ? axis + rank : axis));
  const parameters = [given.gamma, given.beta].map((one) => one && padded(one, rank));
  for (const one of parameters) {
    if (one?.dims.some((size, axis) => size !== 1 && size !== x.dims[axis])) {
      return refusal('parameter-shape', `a parameter of shape [${one.dims}] beside an input of [${x.dims}].`);
    }
  }
  const outside = x.dims.flatMap((_, axis) =>
    !axes.includes(axis) && parameters.some((one) => one != null && one.dims[axis] !== 1) ? [axis] : [],
  );
  const sizes = outside.map((axis) => x.dims[axis]!);
  if (sizeOf(sizes) > MOST_CALLS) return TOO_MANY;
  const normalized = axes.map((axis) => x.dims[axis]!);
  const calls: SeenCall[] = [];
  for (const at of indices(sizes)) {
    const part = (numbers: Numbers) =>
      outside.reduce((so, axis, i) => (so.dims[axis] === 1 ? so : sliced(so, axis, at[i]!)), numbers);
    const parameter = (one: Numbers | null | undefined): Tensor | undefined => {
      if (one == null) return undefined;
      const here = part(one);
      const wide = axes.reduce(
        (so, axis) => (so.dims[axis] === 1 ? repeated(so, axis, x.dims[axis]!) : so),
        here,
      );
      return tensorOf({ dims: normalized, numbers: wide.numbers }, given.dtype);
    };
    const [gamma, beta] = parameters.map(parameter);
    calls.push({
      call: {
        op: norm.op,
        mode: 'inference',
        x: tensorOf(part(x), given.dtype),
        axes,
        epsilon: norm.epsilon,
        ...(gamma === undefined ? {} : { gamma }),
        ...(beta === undefined || !OPERATIONS[norm.op].centred ? {} : { beta }),
      } as NormCall,
      y: tensorOf(part(y), given.dtype),
    });
  }
  return calls;
}

/** Batch, Instance and Group Norm: a number for each channel, or one for all. */
function alongChannels(norm: Norm, x: Numbers, y: Numbers, given: Given): SeenCall[] | Refusal {
  const { channelAxis, dtype } = given;
  const channels = x.dims[channelAxis];
  if (channels === undefined) return refusal('unknown-rank', `${norm.input} has shape [${x.dims}].`);
  const last = channelAxis === x.dims.length - 1;
  const tensors: Record<string, Tensor> = {};
  for (const name of ['gamma', 'beta', 'mean', 'variance'] as const) {
    const one = given[name];
    if (one === null) continue;
    const { length } = one.numbers;
    // Before opset 21 GroupNormalization has a number for each group.
    if (channels % length !== 0 || (length !== channels && length !== 1 && length !== norm.groups)) {
      return refusal(
        'parameter-shape',
        `${name} has ${length} numbers, and ${norm.input} ${channels} channels.`,
      );
    }
    const numbers = Float64Array.from(
      { length: channels },
      (_, c) => one.numbers[Math.floor((c * length) / channels)]!,
    );
    tensors[name] = tensorOf({ dims: [channels], numbers }, dtype);
  }
  const call = {
    op: norm.op,
    mode: 'inference',
    x: tensorOf(x, dtype),
    epsilon: norm.epsilon,
    ...tensors,
    ...(norm.op === 'batchNorm'
      ? { axis: channelAxis }
      : last && channelAxis > 1
        ? { layout: 'channels-last' }
        : {}),
    ...(norm.op === 'groupNorm' ? { groups: norm.groups ?? 1 } : {}),
  } as NormCall;
  return [{ call, y: tensorOf(y, dtype) }];
}

function tensorOf({ dims, numbers }: Numbers, dtype: DType): Tensor {
  const data =
    dtype === 'float64'
      ? numbers
      : dtype === 'float32'
        ? Float32Array.from(numbers)
        : Uint16Array.from(numbers, toFloat16Bits);
  return { dtype, shape: dims, data } as Tensor;
}

/** Every index of some sizes, the last axis fastest. */
function* indices(sizes: readonly number[]): Generator<readonly number[]> {
  const count = sizeOf(sizes);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const at = new Array<number>(sizes.length);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at[axis] = rest % sizes[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    yield at;
  }
}

/** What stands at an index of the first axes. */
function leading({ dims, numbers }: Numbers, at: readonly number[]): Numbers {
  const inner = dims.slice(at.length);
  const size = sizeOf(inner);
  const offset = at.reduce((so, index, axis) => so * dims[axis]! + index, 0) * size;
  return { dims: inner, numbers: numbers.subarray(offset, offset + size) };
}

/** One place along an axis, which stays with size 1. */
function sliced({ dims, numbers }: Numbers, axis: number, at: number): Numbers {
  const inner = sizeOf(dims.slice(axis + 1));
  const size = dims[axis]!;
  const made = new Float64Array(numbers.length / size);
  for (let outer = 0; outer < made.length / inner; outer++) {
    const from = (outer * size + at) * inner;
    made.set(numbers.subarray(from, from + inner), outer * inner);
  }
  return { dims: dims.with(axis, 1), numbers: made };
}

/** An axis of size 1 brought to another size. */
function repeated({ dims, numbers }: Numbers, axis: number, size: number): Numbers {
  const inner = sizeOf(dims.slice(axis + 1));
  const made = new Float64Array(numbers.length * size);
  for (let i = 0; i < made.length; i++) {
    made[i] = numbers[Math.floor(i / (inner * size)) * inner + (i % inner)]!;
  }
  return { dims: dims.with(axis, size), numbers: made };
}

function padded({ dims, numbers }: Numbers, rank: number): Numbers {
  if (dims.length > rank)
    throw new NormError('shape', `a parameter has shape [${dims}] beside rank ${rank}.`);
  return { dims: [...new Array<number>(rank - dims.length).fill(1), ...dims], numbers };
}
