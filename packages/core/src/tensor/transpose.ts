import { NormError } from '../errors';
import { sizeOf, type TensorData } from './tensor';

/**
 * The elements of a tensor with its axes in another order, in a new array of the same type.
 *
 * @param shape of the data before; axis i of the result is axis `order[i]` of the data.
 * @throws NormError `axis` where order does not name every axis once, `data-length` where shape is not the data's.
 */
export function transpose<T extends TensorData>(
  data: T,
  shape: readonly number[],
  order: readonly number[],
): T {
  if (data.length !== sizeOf(shape)) {
    throw new NormError(
      'data-length',
      `data has ${data.length} elements; its shape [${shape}] needs ${sizeOf(shape)}.`,
      { argument: 'data' },
    );
  }
  if (order.length !== shape.length || !shape.every((_, axis) => order.includes(axis))) {
    throw new NormError('axis', `order is [${order}]; expected every axis of [${shape}] once.`, {
      argument: 'order',
    });
  }
  const into = new (data.constructor as new (size: number) => T)(data.length);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const last = order.length - 1;
  if (last < 0) into.set(data as never);
  if (last < 0 || data.length === 0) return into;
  const index = new Array<number>(order.length).fill(0);
  let from = 0;
  for (let to = 0; to < into.length; ) {
    for (let i = 0; i < sizes[last]; i++) into[to++] = data[from + i * steps[last]];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= index[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return into;
}

/** The order of axes that undoes another. */
export function inverseOrder(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}
