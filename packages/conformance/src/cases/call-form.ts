import type { Convention, DType, Layout, Mode, NormCall, Op, Tensor } from '@normlayers/core';
import { groupingOf, sizeOf, viewOf } from '@normlayers/core/adapter';
import { filled, randomNumbers } from './random-numbers';

/** A call in short: what is drawn at random when the call is built, and what is not. */
export interface CallForm {
  readonly op: Op;
  readonly mode: Mode;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly layout?: Layout;
  readonly axis?: number;
  readonly axes?: readonly number[];
  readonly groups?: number;
  readonly gamma?: boolean;
  readonly beta?: boolean;
  readonly epsilon?: number;
  /** Backward through given statistics; inference of Batch Norm has them always. */
  readonly fixed?: boolean;
  readonly running?: {
    readonly convention: Convention;
    readonly momentum?: number | null;
    readonly numBatchesTracked?: number;
  };
  /** A second part of x to be added: like a normal number, or by group and place, as `element` gives x. */
  readonly residual?: true | NonNullable<CallForm['element']>;
  /** The gradient of the sum's other uses. */
  readonly dsum?: boolean;
  readonly gammaOffset?: number;
  /** Which of a sample's positions are valid, by sample and place; `true`: two of three, at random. */
  readonly mask?: true | ((sample: number, place: number) => boolean);
  /** Type of gamma, beta and running statistics. Default: x's. */
  readonly parameterType?: DType;
  /** x by group (row or channel) and place in it, given a normal number. Default: 0.5 + normal. */
  readonly element?: (group: number, place: number, normal: number) => number;
  /** The given mean of a channel. Default: normal. */
  readonly mean?: (channel: number) => number;
}

/** Builds the call of a form: numbers are drawn from a generator seeded with `name`. */
export function callOf(name: string, form: CallForm): NormCall {
  const { op, mode, dtype, shape, layout, axis, axes, groups, epsilon, gammaOffset, running } = form;
  const random = randomNumbers(name);
  const parameterType = form.parameterType ?? dtype;
  const placed = { op, layout, axis, axes, groups };
  const bare = { ...placed, mode: 'training', x: { dtype, shape } } as Parameters<typeof viewOf>[0];
  const view = viewOf(bare);
  const perParameter = (element: () => number) => filled(parameterType, view.parameters.shape, element);
  const perChannel = (element: (c: number) => number) =>
    filled(parameterType, [view.parameters.count], element);

  const call: Record<string, unknown> = {
    ...placed,
    epsilon,
    gammaOffset,
    mode,
    x: inputOf(form, form.element ?? aroundHalf, random.normal),
  };
  if (form.gamma)
    call.gamma = perParameter(() => random.uniform(0.5, 1.5) * (random.uniform(0, 1) < 0.2 ? -1 : 1));
  if (form.beta) call.beta = perParameter(() => random.normal());
  if (mode === 'backward') call.dy = filled(dtype, shape, () => random.normal());
  if (form.residual !== undefined) {
    call.residual = inputOf(form, form.residual === true ? asDrawn : form.residual, random.normal);
  }
  if (form.dsum) call.dsum = filled(dtype, shape, () => random.normal());
  if (form.mask !== undefined) call.mask = maskOf(form, form.mask, random.uniform);
  if (form.fixed || (op === 'batchNorm' && mode === 'inference')) {
    call.mean = perChannel(form.mean ?? (() => random.normal()));
    call.variance = perChannel(() => random.uniform(0.5, 2));
  }
  if (running !== undefined) {
    call.runningMean = perChannel(() => random.normal());
    call.runningVar = perChannel(() => random.uniform(0.5, 2));
    Object.assign(call, running);
  }
  return withoutUndefined(call);
}

type Element = NonNullable<CallForm['element']>;

const aroundHalf: Element = (_group, _place, normal) => 0.5 + normal;
const asDrawn: Element = (_group, _place, normal) => normal;

/** A tensor like x, its groups counted as the call's view counts them. */
function inputOf(form: CallForm, element: Element, normal: () => number): Tensor {
  const { dtype, shape } = form;
  const groupAt = groupCounter(form);
  const seen = new Map<number, number>();
  return filled(dtype, shape, (index) => {
    const group = groupAt(index);
    const place = seen.get(group) ?? 0;
    seen.set(group, place + 1);
    return element(group, place, normal());
  });
}

function maskOf(
  { op, dtype, shape, layout, axis }: CallForm,
  mask: NonNullable<CallForm['mask']>,
  uniform: (from: number, to: number) => number,
): Tensor {
  const call = { op, mode: 'training', x: { dtype, shape }, layout, axis, groups: 1 };
  const { channelAxis } = groupingOf(call as unknown as Parameters<typeof groupingOf>[0]);
  const positions = shape.filter((_size, a) => a !== channelAxis);
  const each = sizeOf(positions.slice(1));
  return filled(dtype, positions, (index) => {
    const isValid = mask === true ? uniform(0, 1) < 2 / 3 : mask(Math.floor(index / each), index % each);
    return isValid ? 1 : 0;
  });
}

/** The group that each element of x belongs to. */
function groupCounter({ op, mode: _, ...form }: CallForm): (index: number) => number {
  const { dtype, shape, layout, axis, axes, groups } = form;
  const call = { op, mode: 'training', x: { dtype, shape }, layout, axis, axes, groups };
  const {
    channelAxis,
    axes: shared,
    groups: perSample,
  } = groupingOf(call as Parameters<typeof groupingOf>[0]);
  const strides = shape.map((_size, a) => sizeOf(shape.slice(a + 1)));
  const coordinate = (index: number, a: number) => Math.floor(index / strides[a]) % shape[a];
  if (channelAxis === null) {
    const kept = shape.map((_size, a) => a).filter((a) => !shared.includes(a));
    return (index) => kept.reduce((group, a) => group * shape[a] + coordinate(index, a), 0);
  }
  if (perSample === null) return (index) => coordinate(index, channelAxis);
  const channels = shape[channelAxis] / perSample;
  return (index) => coordinate(index, 0) * perSample + Math.floor(coordinate(index, channelAxis) / channels);
}

function withoutUndefined(call: Record<string, unknown>): NormCall {
  return Object.fromEntries(
    Object.entries(call).filter(([, value]) => value !== undefined),
  ) as unknown as NormCall;
}
