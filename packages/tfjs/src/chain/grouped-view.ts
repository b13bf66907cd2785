import { inverseOrder, type NormView, sizeOf } from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';

/** TensorFlow.js transposes tensors of up to this many axes. */
export const HIGHEST_RANK = 6;

type Shape3 = [number, number, number];

/**
 * The two views of core as one: a group (a row or a channel) has its elements on the first and last of three
 * axes, [outer, groups, inner]. Statistics are [1, groups, 1], so that they broadcast.
 */
export interface GroupedView {
  readonly shape: Shape3;
  /** How many elements a group has. */
  readonly n: number;
  /** The same elements as [a, count, b]: parameters, brought to [1, count, 1], broadcast. */
  readonly parameterShape: Shape3;
  /** The transpose that brings x here, between its own shape and the view's; null where none is needed. */
  readonly transpose: Transpose | null;
  /** x's own shape. */
  readonly ownShape: number[];
}

/**
 * A transpose with as few axes as will do: those that stay neighbours are one, those of length 1 are none.
 */
interface Transpose {
  readonly shape: number[];
  readonly order: number[];
}

export function groupedViewOf(view: NormView, shape: readonly number[]): GroupedView {
  const { count, inner } = view.parameters;
  const size = sizeOf(shape);
  const grouped: Shape3 =
    view.family === 'rows' ? [1, view.rows, view.features] : [view.outer, view.channels, view.inner];
  return {
    shape: grouped,
    n: grouped[0] * grouped[2],
    parameterShape: [size === 0 ? 0 : size / (count * inner), count, inner],
    // Of no elements none moves; TensorFlow.js's wasm backend divides by zero where it is asked to.
    transpose:
      view.family === 'rows' && view.permutation !== null && size > 0
        ? simplified(shape, view.permutation)
        : null,
    ownShape: [...shape],
  };
}

/** Whether TensorFlow.js can transpose x into its grouped view. */
export function canTranspose({ transpose }: GroupedView): boolean {
  return transpose === null || transpose.shape.length <= HIGHEST_RANK;
}

/** x, of its own shape, in its grouped view. */
export function toGroups(tf: TensorFlow, x: TfTensor, { transpose, shape }: GroupedView): TfTensor {
  if (transpose === null) return tf.reshape(x, shape);
  return tf.reshape(tf.transpose(tf.reshape(x, transpose.shape), transpose.order), shape);
}

/** The way back. */
export function fromGroups(tf: TensorFlow, x: TfTensor, { transpose, ownShape }: GroupedView): TfTensor {
  if (transpose === null) return tf.reshape(x, ownShape);
  const moved = transpose.order.map((axis) => transpose.shape[axis] as number);
  return tf.reshape(tf.transpose(tf.reshape(x, moved), inverseOrder(transpose.order)), ownShape);
}

function simplified(shape: readonly number[], permutation: readonly number[]): Transpose {
  const longer = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const runs: number[][] = [];
  for (const axis of permutation
    .filter((moving) => shape[moving] !== 1)
    .map((moving) => longer.indexOf(moving))) {
    const run = runs.at(-1);
    if (run?.at(-1) === axis - 1) run.push(axis);
    else runs.push([axis]);
  }
  const inPlace = [...runs].sort((a, b) => (a[0] as number) - (b[0] as number));
  return {
    shape: inPlace.map((run) => sizeOf(run.map((axis) => shape[longer[axis] as number] as number))),
    order: runs.map((run) => inPlace.indexOf(run)),
  };
}
