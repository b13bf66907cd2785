import { inverseOrder, type NormView, transpose } from '@normlayers/core';

/**
 * A call's elements brought into groups, one after the other: a group is the elements that share statistics, a row or
 * a channel.
 */
export interface Groups {
  readonly count: number;
  /** Elements of a group. */
  readonly size: number;
  /** Elements in the call's own order, group after group. */
  gather(values: Float64Array): Float64Array;
  /** The way back. */
  scatter(values: Float64Array): Float64Array;
  /** The parameter that element `i` of the gathered order takes. */
  parameter(i: number): number;
}

/** The groups of a call of the given view; `shape` is x's. */
export function groupsOf(view: NormView, shape: readonly number[]): Groups {
  if (view.family === 'channels') {
    const { outer, channels, inner } = view;
    const reordered = inOrder([outer, channels, inner], [1, 0, 2]);
    const size = outer * inner;
    return { count: channels, size, ...reordered, parameter: (i) => Math.floor(i / size) };
  }
  const { rows, features, permutation, parameters } = view;
  const reordered = permutation === null ? { gather: same, scatter: same } : inOrder(shape, permutation);
  return {
    count: rows,
    size: features,
    ...reordered,
    parameter: (i) => Math.floor(i / parameters.inner) % parameters.count,
  };
}

function same(values: Float64Array): Float64Array {
  return values;
}

function inOrder(shape: readonly number[], order: readonly number[]): Pick<Groups, 'gather' | 'scatter'> {
  const ordered = order.map((axis) => shape[axis] as number);
  return {
    gather: (values) => transpose(values, shape, order),
    scatter: (values) => transpose(values, ordered, inverseOrder(order)),
  };
}
