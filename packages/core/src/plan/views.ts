import type { NormCall } from '../call/call';
import { NormError } from '../errors';
import { sizeOf, type TensorDescription } from '../tensor/tensor';
import { type Grouping, groupingOf } from './grouping';

/** What both views say of the parameters: element i of the (permuted) input takes parameter floor(i / inner) mod count. */
export interface ParameterIndex {
  /** How many gammas there are. */
  readonly count: number;
  /** How many neighbouring elements share one gamma. */
  readonly inner: number;
  /** gamma's own shape, as PyTorch or WebNN would give it. */
  readonly shape: readonly number[];
}

/**
 * Statistics per row: Layer and RMS Norm (features = the normalized elements), Instance Norm (rows = N * C),
 * Group Norm (rows = N * groups).
 */
export interface RowsView {
  readonly family: 'rows';
  readonly rows: number;
  readonly features: number;
  /** The order in which x's axes must lie for the rows to be contiguous; null where they already are. */
  readonly permutation: readonly number[] | null;
  readonly parameters: ParameterIndex;
  /** The shape in which a statistic per row is returned. */
  readonly statisticsShape: readonly number[];
}

/** Statistics per channel: Batch Norm. Channels-first has inner = the positions, channels-last has inner = 1. */
export interface ChannelsView {
  readonly family: 'channels';
  readonly outer: number;
  readonly channels: number;
  readonly inner: number;
  readonly parameters: ParameterIndex;
  readonly statisticsShape: readonly number[];
}

/** The two shapes that every call is brought to, so that a back end needs two kernel families and not five. */
export type NormView = RowsView | ChannelsView;

/**
 * Brings a call to its view.
 *
 * @throws NormError `rank`, `axis`, `layout`, `groups`.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { viewOf } from '@normlayers/core/adapter';
 *
 * const view = viewOf({ op: 'layerNorm', mode: 'inference', x: tensor(new Float32Array(24), [2, 3, 4]), axes: [1, 2] });
 * assert(view.family === 'rows');
 * assert.equal(view.rows, 2);
 * assert.equal(view.features, 12);
 * ```
 */
export function viewOf(call: NormCall<TensorDescription>): NormView {
  return viewOfGrouping(call.x.shape, groupingOf(call));
}

/** The view of a shape whose axes have been resolved. */
export function viewOfGrouping(shape: readonly number[], grouping: Grouping): NormView {
  const { axes, channelAxis, groups } = grouping;
  if (channelAxis === null) return axesView(shape, axes);
  if (groups === null) return channelsView(shape, channelAxis);
  return groupedView(shape, channelAxis, axes, groups);
}

/**
 * PyTorch's normalizedShape as axes: the last axes of x, which must have just these dimensions.
 *
 * @throws NormError `shape`.
 *
 * @example
 * ```ts
 * import { trailingAxes } from '@normlayers/core';
 *
 * assert.deepEqual(trailingAxes([8, 3, 4], [3, 4]), [-2, -1]);
 * ```
 */
export function trailingAxes(shape: readonly number[], normalizedShape: readonly number[]): number[] {
  const count = normalizedShape.length;
  const tail = shape.slice(shape.length - count);
  if (count > shape.length || tail.some((dimension, i) => dimension !== normalizedShape[i])) {
    throw new NormError(
      'shape',
      `normalizedShape is [${normalizedShape}]; x's shape [${shape}] does not end with it.`,
      { argument: 'normalizedShape' },
    );
  }
  return normalizedShape.map((_, i) => i - count);
}

function channelsView(shape: readonly number[], axis: number): ChannelsView {
  const channels = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const parameters = { count: channels, inner, shape: [channels] };
  return {
    family: 'channels',
    outer: sizeOf(shape.slice(0, axis)),
    channels,
    inner,
    parameters,
    statisticsShape: [channels],
  };
}

function axesView(shape: readonly number[], axes: readonly number[]): RowsView {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const parameterShape = axes.map((axis) => shape[axis]);
  const features = sizeOf(parameterShape);
  return {
    family: 'rows',
    rows: sizeOf(kept.map((axis) => shape[axis])),
    features,
    permutation: neededPermutation(shape, [...kept, ...axes]),
    parameters: { count: features, inner: 1, shape: parameterShape },
    statisticsShape: shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)),
  };
}

/** Instance Norm (a group for each channel) and Group Norm: x as [N, groups, channels / groups * positions]. */
function groupedView(
  shape: readonly number[],
  channelAxis: number,
  positionAxes: readonly number[],
  groups: number,
): RowsView {
  const channels = shape[channelAxis];
  const batch = shape[0];
  const positions = sizeOf(positionAxes.map((axis) => shape[axis]));
  return {
    family: 'rows',
    rows: batch * groups,
    features: groups === 0 ? 0 : (channels / groups) * positions,
    permutation: neededPermutation(shape, [0, channelAxis, ...positionAxes]),
    parameters: { count: channels, inner: positions, shape: [channels] },
    statisticsShape: [batch, groups],
  };
}

/** Null where the axes that are longer than 1 already come in this order, so that no element would move. */
function neededPermutation(shape: readonly number[], order: readonly number[]): readonly number[] | null {
  const moving = order.filter((axis) => shape[axis] !== 1);
  return moving.every((axis, i) => i === 0 || axis > moving[i - 1]) ? null : order;
}
