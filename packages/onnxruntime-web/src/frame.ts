import { type CallPlan, type NormCall, sizeOf, type TensorDescription } from '@normlayers/core';

/** What a graph does along one of its axes. */
export interface AxisRole {
  /** Whether the elements along this axis share statistics. */
  readonly reduced: boolean;
  /** Whether gamma and beta vary along this axis. */
  readonly parametric: boolean;
}

/** What of a call's shape a graph depends on: roles, no sizes. */
export interface FrameRoles {
  readonly axes: readonly AxisRole[];
  /**
   * The parameters come with their axes in the order the caller gave; transposed by this they have the order of x.
   * Null where that order is the same.
   */
  readonly parameterOrder: readonly number[] | null;
}

/**
 * A call's input as a graph takes it: the same elements under another shape, neighbouring axes of one role merged into
 * one. Core's views are such frames, [rows, features] and [outer, channels, inner]; an input whose axes lie otherwise
 * is reduced along the axes it has, so that nothing large is ever transposed.
 */
export interface Frame extends FrameRoles {
  /** x's dimensions, one per axis. */
  readonly dims: readonly number[];
  /** The dimensions in which the parameters are fed: the caller's order. */
  readonly parameterDims: readonly number[];
}

interface Axis extends AxisRole {
  readonly size: number;
}

const KEPT = { reduced: false, parametric: false };
const KEPT_PARAMETRIC = { reduced: false, parametric: true };
const REDUCED = { reduced: true, parametric: false };
const REDUCED_PARAMETRIC = { reduced: true, parametric: true };

/**
 * The frame of a checked call.
 *
 * @param groups `split`: a channel axis is seen as [groups, channels per group]. `whole`: as one axis, for ONNX's
 *   GroupNormalization, which splits it itself.
 */
export function frameOf(
  call: NormCall<TensorDescription>,
  { view }: CallPlan,
  groups: 'split' | 'whole' = 'split',
): Frame {
  const { shape } = call.x;
  if (view.family === 'channels') {
    return frame([
      { ...REDUCED, size: view.outer },
      { ...KEPT_PARAMETRIC, size: view.channels },
      { ...REDUCED, size: view.inner },
    ]);
  }
  if (call.op === 'layerNorm' || call.op === 'rmsNorm') return axesFrame(shape, call.axes ?? [-1]);
  const layout = 'layout' in call ? call.layout : undefined;
  const channelAxis = layout === 'channels-last' ? shape.length - 1 : 1;
  const channels = shape[channelAxis];
  const count = call.op === 'groupNorm' && groups === 'split' ? call.groups : null;
  const channel: Axis[] =
    count === null
      ? [{ ...KEPT_PARAMETRIC, size: channels }]
      : [
          { ...KEPT_PARAMETRIC, size: count },
          { ...REDUCED_PARAMETRIC, size: channels / count },
        ];
  const before = { ...REDUCED, size: sizeOf(shape.slice(1, channelAxis)) };
  const after = { ...REDUCED, size: sizeOf(shape.slice(channelAxis + 1)) };
  const positions = channelAxis === 1 ? [...channel, after] : [before, ...channel];
  return frame([{ ...KEPT, size: shape[0] }, ...positions]);
}

/** Layer and RMS Norm: over `axes`, which the parameters follow in the order given. */
function axesFrame(shape: readonly number[], axes: readonly number[]): Frame {
  const resolved = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const ascending = resolved.every((axis, i) => i === 0 || axis > resolved[i - 1]);
  const all = shape.map((size, axis): Axis => {
    return { ...(resolved.includes(axis) ? REDUCED_PARAMETRIC : KEPT), size };
  });
  const merged = merge(all, ascending);
  // ONNX's reductions take no axes to mean all axes.
  if (axes.length === 0) merged.push({ ...REDUCED_PARAMETRIC, size: 1 });
  if (ascending) return frame(twoKeptFirst(merged));
  const sorted = [...resolved].sort((a, b) => a - b);
  return {
    ...frame(merged),
    parameterDims: resolved.map((axis) => shape[axis]),
    parameterOrder: sorted.map((axis) => resolved.indexOf(axis)),
  };
}

/** Neighbouring axes of one role become one; parametric ones only where that leaves the parameters' order alone. */
function merge(axes: readonly Axis[], mergeParametric: boolean): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const last = merged.at(-1);
    const alike = last?.reduced === axis.reduced && last.parametric === axis.parametric;
    if (alike && (mergeParametric || !axis.parametric))
      merged[merged.length - 1] = { ...axis, size: last.size * axis.size };
    else merged.push(axis);
  }
  return merged;
}

/** [rows, features] as [rows, 1, features]: ONNX's InstanceNormalization, see `centredGraph`, wants N and C in front. */
function twoKeptFirst(axes: readonly Axis[]): Axis[] {
  const kept = axes.findIndex(({ reduced }) => reduced);
  const missing = Math.max(2 - kept, 0);
  return [...axes.slice(0, kept), ...Array<Axis>(missing).fill({ ...KEPT, size: 1 }), ...axes.slice(kept)];
}

function frame(axes: readonly Axis[]): Frame {
  return {
    axes: axes.map(({ reduced, parametric }) => ({ reduced, parametric })),
    dims: axes.map(({ size }) => size),
    parameterDims: axes.filter(({ parametric }) => parametric).map(({ size }) => size),
    parameterOrder: null,
  };
}

/** The numbers of the axes for which `test` holds. */
export function axesWhere({ axes }: FrameRoles, test: (axis: AxisRole) => boolean): number[] {
  return axes.flatMap((axis, i) => (test(axis) ? [i] : []));
}
