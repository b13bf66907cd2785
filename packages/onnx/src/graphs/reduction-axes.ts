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
  /** Whether so many elements share statistics that they are reduced axis by axis; see `LONGEST`. */
  readonly stepwise: boolean;
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

/** How a frame is made. */
export interface FrameOptions {
  /** Whether a channel axis is seen as [groups, channels per group]; ONNX's GroupNormalization splits it itself. */
  readonly splitGroups: boolean;
  /** Whether long axes are split, for accurate sums. */
  readonly splitLong: boolean;
  /** Whether the provider keeps one running sum also where what it sums lies side by side, as WebGPU's do. */
  readonly oneRunningSum?: boolean;
  /**
   * Whether to leave out the axes that only a host's kernels have a use for. A GPU's programs are written for a number of
   * axes, and compute with every one of them: sums of 65536 features over an axis of one row took JSEP 10 s in software.
   */
  readonly fewAxes?: boolean;
  /** How many axes the provider takes. Default: any number. */
  readonly mostAxes?: number;
}

/**
 * How many elements are summed in one go. ONNX Runtime's wasm kernels add up one after the other, so that their rounding
 * errors pile up, and above this faster than the budget's sqrt(n) / 2 grows: over 2^20 elements a mean square is off by
 * 8000 roundings, InstanceNormalization's result by 4000 (2.4e-4). Sums of sums are not: longer axes are split in two.
 */
const LONGEST = 4096;

/**
 * The same where what is summed does not lie side by side: there the kernels have one running sum, not a vector of them,
 * and the mean square of 771 equal values comes out 90 roundings off.
 */
export const LONGEST_APART = 256;

/** The frame of a checked call. */
export function frameOf(
  call: NormCall<TensorDescription>,
  { view }: CallPlan,
  options: FrameOptions = { splitGroups: true, splitLong: true },
): Frame {
  const frame = (axes: readonly Axis[]) => frameWith(axes, options);
  const { shape } = call.x;
  if (view.family === 'channels') {
    return frame([
      { ...REDUCED, size: view.outer },
      { ...KEPT_PARAMETRIC, size: view.channels },
      // ONNX Runtime reduces [outer, channels] nine times faster than [outer, channels, 1] (12 ms, 110 ms for [4096, 768]).
      ...(view.inner === 1 ? [] : [{ ...REDUCED, size: view.inner }]),
    ]);
  }
  if (call.op === 'layerNorm' || call.op === 'rmsNorm') return axesFrame(shape, call.axes ?? [-1], options);
  const layout = 'layout' in call ? call.layout : undefined;
  const channelAxis = layout === 'channels-last' ? shape.length - 1 : 1;
  const channels = shape[channelAxis];
  const count = call.op === 'groupNorm' && options.splitGroups ? call.groups : null;
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
function axesFrame(shape: readonly number[], axes: readonly number[], options: FrameOptions): Frame {
  const resolved = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const ascending = resolved.every((axis, i) => i === 0 || axis > resolved[i - 1]);
  const all = shape.map((size, axis): Axis => {
    return { ...(resolved.includes(axis) ? REDUCED_PARAMETRIC : KEPT), size };
  });
  const merged = merge(all, ascending);
  // ONNX's reductions take no axes to mean all axes.
  if (axes.length === 0) merged.push({ ...REDUCED_PARAMETRIC, size: 1 });
  if (ascending) {
    const { fewAxes = false, mostAxes = Number.POSITIVE_INFINITY } = options;
    const rows = sizeOf(merged.map(({ reduced, size }) => (reduced ? 1 : size)));
    const split = fewAxes && rows <= LONGEST_APART ? merged : twoKeptFirst(merged);
    return frameWith(split.length <= mostAxes ? split : merged, options);
  }
  const sorted = [...resolved].sort((a, b) => a - b);
  return frameWith(merged, options, {
    parameterDims: resolved.map((axis) => shape[axis]),
    parameterOrder: sorted.map((axis) => resolved.indexOf(axis)),
  });
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

/**
 * [rows, features] as [a, b, features] with a * b = rows: ONNX's InstanceNormalization and GlobalAveragePool want N and C
 * in front, and sums over many rows are sums of sums.
 */
function twoKeptFirst(axes: readonly Axis[]): Axis[] {
  const kept = axes.findIndex(({ reduced }) => reduced);
  if (kept > 1) return [...axes];
  const [rows] = kept === 1 ? axes : [{ ...KEPT, size: 1 }];
  return [...halves(rows), ...axes.slice(kept)];
}

function frameWith(
  given: readonly Axis[],
  { splitLong, oneRunningSum = false, fewAxes = false }: FrameOptions,
  parameters?: Pick<Frame, 'parameterDims' | 'parameterOrder'>,
): Frame {
  const axes = fewAxes ? withoutOnes(given) : given;
  const longest = axes.at(-1)?.reduced && !oneRunningSum ? LONGEST : LONGEST_APART;
  const stepwise = splitLong && sizeOf(axes.map(({ reduced, size }) => (reduced ? size : 1))) > longest;
  const mayHalve = ({ reduced, parametric, size }: Axis) =>
    stepwise && reduced && size > longest && !(parametric && parameters);
  const all = axes.flatMap((axis) => (mayHalve(axis) ? halves(axis) : [axis]));
  return {
    axes: all.map(({ reduced, parametric }) => ({ reduced, parametric })),
    dims: all.map(({ size }) => size),
    parameterDims: all.filter(({ parametric }) => parametric).map(({ size }) => size),
    parameterOrder: null,
    ...parameters,
    stepwise,
  };
}

/** Without the axes of one element, but for the parameters' and for a last one. */
function withoutOnes(axes: readonly Axis[]): readonly Axis[] {
  const others = axes.filter(({ parametric, size }) => parametric || size !== 1);
  return others.length === 0 ? axes.slice(-1) : others;
}

/** One axis as two, of sizes as near to each other as they can be. */
function halves(axis: Axis): [Axis, Axis] {
  let size = Math.floor(Math.sqrt(axis.size));
  while (size > 1 && axis.size % size !== 0) size--;
  const outer = Math.max(size, 1);
  return [
    { ...axis, size: outer },
    { ...axis, size: axis.size / outer },
  ];
}

/** The dimensions in which parameters are fed: of x's rank, with 1 where they do not vary. */
export function parameterFeedDims(
  { axes, parameterOrder }: Pick<FrameRoles, 'axes' | 'parameterOrder'>,
  { dims, parameterDims }: Pick<Frame, 'dims' | 'parameterDims'>,
): readonly number[] {
  if (parameterOrder === null) return axes.map(({ parametric }, axis) => (parametric ? dims[axis] : 1));
  return [...parameterDims, ...Array<number>(axes.length - parameterDims.length).fill(1)];
}

/** The numbers of the axes for which `test` holds. */
export function axesWhere({ axes }: FrameRoles, test: (axis: AxisRole) => boolean): number[] {
  return axes.flatMap((axis, i) => (test(axis) ? [i] : []));
}
