import type { NormCall } from '../call/call';
import { LAYOUTS, type Layout, OPERATIONS } from '../call/operations';
import { NormError } from '../errors';
import { describe, type TensorDescription } from '../tensor/tensor';

/** Which of x's elements share statistics, with every axis counted from the front. */
export interface Grouping {
  /**
   * The axes over which statistics are taken: of Layer and RMS Norm those of the call, in the order given; of Batch Norm
   * all but the channels'; of Instance and Group Norm the positions', to which Group Norm adds the channels of a group.
   */
  readonly axes: readonly number[];
  /** Where the channels are; null for Layer and RMS Norm, which know none. */
  readonly channelAxis: number | null;
  /** How many groups a sample's channels fall into: Instance Norm has one a channel; null for the other three. */
  readonly groups: number | null;
}

/**
 * Resolves a call's axes, layout and groups against x's shape.
 *
 * @throws NormError `rank`, `axis`, `layout`, `groups`.
 */
export function groupingOf(call: NormCall<TensorDescription>): Grouping {
  const { shape } = call.x;
  const rank = shape.length;
  const { sharedBy } = OPERATIONS[call.op];
  if (sharedBy === 'axes') {
    const { axes = [-1] } = call as { axes?: readonly number[] };
    return { axes: resolvedAxes(axes, rank), channelAxis: null, groups: null };
  }
  const { layout, axis, groups } = call as { layout?: Layout; axis?: number; groups?: number };
  const channelAxis = channelAxisOf(layout, axis, rank);
  const others = (...left: number[]) => shape.map((_, a) => a).filter((a) => !left.includes(a));
  if (sharedBy === 'channel') return { axes: others(channelAxis), channelAxis, groups: null };
  const channels = shape[channelAxis];
  if (sharedBy === 'instance' && rank < 3) {
    throw new NormError(
      'rank',
      `x has shape [${shape}], so each channel of a sample is one number and y would be beta everywhere; expected rank 3 or more.`,
      { argument: 'x' },
    );
  }
  return {
    axes: others(0, channelAxis),
    channelAxis,
    groups: sharedBy === 'instance' ? channels : checkedGroups(groups, channels),
  };
}

function channelAxisOf(layout: Layout | undefined, axis: number | undefined, rank: number): number {
  if (axis !== undefined) {
    if (layout === undefined) return resolvedAxis('axis', axis, rank);
    throw new NormError(
      'layout',
      `both layout ${describe(layout)} and axis ${axis} are given; give one of them.`,
      { argument: 'layout' },
    );
  }
  if (layout !== undefined && !LAYOUTS.includes(layout)) {
    throw new NormError(
      'layout',
      `layout is ${describe(layout)}; expected 'channels-first' or 'channels-last'.`,
      { argument: 'layout' },
    );
  }
  if (rank < 2) {
    throw new NormError(
      'rank',
      `x has rank ${rank}; a layout needs a batch axis and a channel axis (give axis instead, for Batch Norm of rank 1).`,
      { argument: 'x' },
    );
  }
  return layout === 'channels-last' ? rank - 1 : 1;
}

function resolvedAxis(argument: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new NormError(
      'axis',
      `${argument} is ${describe(axis)}; x has rank ${rank}, so expected a whole number from ${-rank} to ${rank - 1}.`,
      { argument },
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, in the order given. */
function resolvedAxes(axes: readonly number[], rank: number): number[] {
  const argument = 'axes';
  if (!Array.isArray(axes)) {
    throw new NormError('axis', `axes is ${describe(axes)}; expected an array of axes.`, { argument });
  }
  if (rank === 0 && axes.length > 0) {
    throw new NormError(
      'rank',
      'x has rank 0, so it has no features to normalize; expected rank 1 or more, or axes [].',
      { argument: 'x' },
    );
  }
  const resolved = axes.map((axis) => resolvedAxis(argument, axis, rank));
  const twice = resolved.find((axis, i) => resolved.indexOf(axis) !== i);
  if (twice !== undefined) {
    throw new NormError('axis', `axes is [${axes}], which names axis ${twice} twice.`, { argument });
  }
  return resolved;
}

function checkedGroups(groups: number | undefined, channels: number): number {
  if (Number.isInteger(groups) && groups! >= 1 && channels % groups! === 0) return groups!;
  throw new NormError(
    'groups',
    `groups is ${describe(groups)}; expected a divisor of the ${channels} channels.`,
    { argument: 'groups' },
  );
}
