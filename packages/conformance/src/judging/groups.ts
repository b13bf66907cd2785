import { inverseOrder, type NormView, transpose } from '@normlayers/core/adapter';

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
  /** The parameter that each element of the gathered order takes. */
  readonly parameters: Int32Array;
}

/** The groups of a call of the given view; `shape` is x's. */
export function groupsOf(view: NormView, shape: readonly number[]): Groups {
  if (view.family === 'channels') {
    const { outer, channels, inner } = view;
    const reordered = inOrder([outer, channels, inner], [1, 0, 2]);
    const size = outer * inner;
    const parameters = new Int32Array(channels * size);
    for (let c = 0; c < channels; c++) parameters.fill(c, c * size, (c + 1) * size);
    return { count: channels, size, ...reordered, parameters };
  }
  const { rows, features, permutation } = view;
  const { count, inner } = view.parameters;
  const parameters = new Int32Array(rows * features);
  for (let i = 0, p = 0; i < parameters.length; i += inner, p = (p + 1) % count) {
    parameters.fill(p, i, i + inner);
  }
  const reordered = permutation === null ? { gather: same, scatter: same } : inOrder(shape, permutation);
  return {
    count: rows,
    size: features,
    ...reordered,
    parameters,
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
