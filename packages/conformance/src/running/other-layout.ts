import type { CallOf, NormCall, NormResult, OutputName, Tensor } from '@normlayers/core';
import {
  inverseOrder,
  isAlongAxes,
  LIKE_INPUT,
  mapTensors,
  type OpsWhere,
  transpose,
} from '@normlayers/core/adapter';

/** The same call with its axes laid out differently; the same numbers must come of it. */
export interface OtherLayout {
  readonly call: NormCall;
  /** The results, with their axes back in the first call's order. */
  restore(results: NormResult): NormResult;
}

/**
 * The call in the other layout: channels-first for channels-last and the other way round, for Layer and RMS Norm all
 * axes in reverse. Null where there is no other (rank 1 and less).
 *
 * @example
 * ```ts
 * import { inOtherLayout } from '@normlayers/conformance';
 * import { tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 2, 3, 4], [1, 2, 2]); // two channels of two positions
 * const other = inOtherLayout({ op: 'instanceNorm', mode: 'inference', x });
 * assert.deepEqual([...(other?.call.x.data ?? [])], [1, 3, 2, 4]);
 * ```
 */
export function inOtherLayout(call: NormCall): OtherLayout | null {
  const rank = call.x.shape.length;
  if (rank < 2) return null;
  if (isAlongAxes(call)) return reversed(call, rank);
  const { axis, layout, ...rest } = call as typeof call & { axis?: number };
  const from = channelAxis(axis, layout, rank);
  if (rank === 2 && call.op === 'batchNorm') {
    return moved({ ...rest, axis: 1 - from } as unknown as NormCall, [1, 0], ELEMENTWISE);
  }
  const to = from === rank - 1 ? 1 : rank - 1;
  const order = call.x.shape.map((_, i) => i).filter((i) => i !== from);
  order.splice(to, 0, from);
  const other = {
    ...rest,
    layout: to === rank - 1 && layout !== 'channels-last' ? 'channels-last' : 'channels-first',
  };
  return moved(other as unknown as NormCall, order, ELEMENTWISE);
}

function channelAxis(axis: number | undefined, layout: string | undefined, rank: number): number {
  if (axis !== undefined) return axis < 0 ? axis + rank : axis;
  return layout === 'channels-last' ? rank - 1 : 1;
}

function reversed(call: CallOf<OpsWhere<'sharedBy', 'axes'>>, rank: number): OtherLayout {
  const order = call.x.shape.map((_, i) => rank - 1 - i);
  const axes = (call.axes ?? [-1]).map((axis) => (axis < 0 ? -1 - axis : rank - 1 - axis));
  return moved({ ...call, axes }, order, [...ELEMENTWISE, 'mean', 'invStd', 'invRms']);
}

/** Outputs with x's axes. */
const ELEMENTWISE: readonly OutputName[] = ['y', 'sum', 'dx'];

function moved(other: NormCall, order: readonly number[], transposed: readonly OutputName[]): OtherLayout {
  const back = inverseOrder(order);
  return {
    call: mapTensors(other, (tensor, name) =>
      LIKE_INPUT.includes(name) ? transposedTensor(tensor, order) : tensor,
    ),
    restore: (results) =>
      Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [
          name,
          transposed.includes(name as OutputName) && tensor.shape.length === order.length
            ? transposedTensor(tensor, back)
            : tensor,
        ]),
      ),
  };
}

function transposedTensor({ dtype, shape, data }: Tensor, order: readonly number[]): Tensor {
  return { dtype, shape: order.map((axis) => shape[axis]), data: transpose(data, shape, order) };
}
