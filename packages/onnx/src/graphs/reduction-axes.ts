import { type CallPlan, sizeOf } from '@normlayers/core/adapter';

/** What a graph does along one of its axes. */
export interface AxisRole {
  /** Whether the elements along this axis share statistics. */
  readonly reduced: boolean;
  /** Whether gamma and beta vary along this axis. */
  readonly parametric: boolean;
}

/** What of a call's shape a graph depends on: roles, no sizes. */
export interface AxisRoles {
  readonly axes: readonly AxisRole[];
  /**
   * The parameters come with their axes in the order the caller gave; transposed by this they have the order of x.
   * Null where that order is the same.
   */
  readonly parameterOrder: readonly number[] | null;
  /** Whether so many elements share statistics that they are reduced axis by axis; see `LONGEST`. */
  readonly stepwise: boolean;
}

/** The sizes of the axes. */
export interface AxisSizes {
  /** x's dimensions, one per axis. */
  readonly dims: readonly number[];
  /** The dimensions in which the parameters are fed: the caller's order. */
  readonly parameterDims: readonly number[];
}

/**
 * A call's input as a graph takes it: the same elements under another shape, neighbouring axes of one role merged into
 * one. Core's views are such shapes, [rows, features] and [outer, channels, inner]; an input whose axes lie otherwise
 * is reduced along the axes it has, so that nothing large is ever transposed.
 */
export interface ReductionAxes extends AxisRoles, AxisSizes {}

interface Axis extends AxisRole {
  readonly size: number;
}

const KEPT = { reduced: false, parametric: false };
const KEPT_PARAMETRIC = { reduced: false, parametric: true };
const REDUCED = { reduced: true, parametric: false };
const REDUCED_PARAMETRIC = { reduced: true, parametric: true };

/** How axes are split and merged. */
export interface ReductionOptions {
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

/**
 * The axes of a checked call.
 *
 * @param shape x's.
 *
 * @example
 * ```ts
 * import { planCall } from '@normlayers/core/adapter';
 * import { reductionAxesOf } from '@normlayers/onnx';
 *
 * const x = { dtype: 'float32', shape: [8, 32, 7, 7] } as const;
 * const plan = planCall({ op: 'batchNorm', mode: 'training', x }, 'device');
 * const { dims, axes } = reductionAxesOf(x.shape, plan);
 * assert.deepEqual(dims, [8, 32, 49]);
 * assert.deepEqual(axes.map(({ reduced }) => reduced), [true, false, true]);
 * ```
 */
export function reductionAxesOf(
  shape: readonly number[],
  plan: Pick<CallPlan, 'view' | 'axes' | 'channelAxis' | 'groups'>,
  options: ReductionOptions = { splitGroups: true, splitLong: true },
): ReductionAxes {
  const { view, channelAxis, groups } = plan;
  if (channelAxis === null) return axesOfRows(shape, plan.axes, options);
  if (view.family === 'channels') {
    const outer = { ...REDUCED, size: view.outer };
    const channels = { ...KEPT_PARAMETRIC, size: view.channels };
    // ONNX Runtime reduces [outer, channels] nine times faster than [outer, channels, 1] (12 ms, 110 ms for [4096, 768]).
    const inner = view.inner === 1 ? [] : [{ ...REDUCED, size: view.inner }];
    return splitAxes([outer, channels, ...inner], options);
  }
  const channels = shape[channelAxis];
  const channel: Axis[] =
    groups === null || groups === channels || !options.splitGroups
      ? [{ ...KEPT_PARAMETRIC, size: channels }]
      : [
          { ...KEPT_PARAMETRIC, size: groups },
          { ...REDUCED_PARAMETRIC, size: channels / groups },
        ];
  const before = { ...REDUCED, size: sizeOf(shape.slice(1, channelAxis)) };
  const after = { ...REDUCED, size: sizeOf(shape.slice(channelAxis + 1)) };
  const positions = channelAxis === 1 ? [...channel, after] : [before, ...channel];
  return splitAxes([{ ...KEPT, size: shape[0] }, ...positions], options);
}

/** Layer and RMS Norm: over `axes`, which the parameters follow in the order given. */
function axesOfRows(
  shape: readonly number[],
  axes: readonly number[],
  options: ReductionOptions,
): ReductionAxes {
  const ascending = axes.every((axis, i) => i === 0 || axis > axes[i - 1]);
  const all = shape.map((size, axis): Axis => {
    return { ...(axes.includes(axis) ? REDUCED_PARAMETRIC : KEPT), size };
  });
  const merged = mergeAxes(all, ascending);
  // ONNX's reductions take no axes to mean all axes.
  if (axes.length === 0) merged.push({ ...REDUCED_PARAMETRIC, size: 1 });
  if (ascending) {
    const { fewAxes = false, mostAxes = Number.POSITIVE_INFINITY } = options;
    const rows = sizeOf(merged.map(({ reduced, size }) => (reduced ? 1 : size)));
    const split = fewAxes && rows <= LONGEST_APART ? merged : twoKeptFirst(merged);
    return splitAxes(split.length <= mostAxes ? split : merged, options);
  }
  const sorted = [...axes].sort((a, b) => a - b);
  return splitAxes(merged, options, {
    parameterDims: axes.map((axis) => shape[axis]),
    parameterOrder: sorted.map((axis) => axes.indexOf(axis)),
  });
}

/** Neighbouring axes of one role become one; parametric ones only where that leaves the parameters' order alone. */
function mergeAxes(axes: readonly Axis[], mergeParametric: boolean): Axis[] {
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

function splitAxes(
  given: readonly Axis[],
  { splitLong, oneRunningSum = false, fewAxes = false }: ReductionOptions,
  parameters?: Pick<ReductionAxes, 'parameterDims' | 'parameterOrder'>,
): ReductionAxes {
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
  { axes, parameterOrder }: Pick<AxisRoles, 'axes' | 'parameterOrder'>,
  { dims, parameterDims }: AxisSizes,
): readonly number[] {
  if (parameterOrder === null) return axes.map(({ parametric }, axis) => (parametric ? dims[axis] : 1));
  return [...parameterDims, ...Array<number>(axes.length - parameterDims.length).fill(1)];
}

/** The numbers of the axes for which `test` holds. */
export function axesWhere({ axes }: Pick<AxisRoles, 'axes'>, test: (axis: AxisRole) => boolean): number[] {
  return axes.flatMap((axis, i) => (test(axis) ? [i] : []));
}
