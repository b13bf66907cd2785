import { DTYPES, type Tensor } from '../tensor/tensor';
import type { NormCall } from './call';
import { TENSOR_NAMES, type TensorName } from './operations';

/** The call's tensors by name: those that were given. */
export type TensorsOf<T> = { readonly x: T } & { readonly [name in TensorName]?: T };

/**
 * The tensors that a call holds, by name.
 *
 * @example
 * ```ts
 * import { tensorsOf } from '@normlayers/core/adapter';
 * import { tensor } from '@normlayers/core';
 *
 * const x = tensor([1, 3], [1, 2]);
 * assert.deepEqual(tensorsOf({ op: 'layerNorm', mode: 'inference', x, epsilon: 0 }), { x });
 * ```
 */
export function tensorsOf<T>(call: NormCall<T>): TensorsOf<T> {
  const given = call as unknown as Record<string, T | undefined>;
  const tensors: Partial<Record<TensorName, T>> = {};
  for (const name of TENSOR_NAMES) {
    const tensor = given[name];
    if (tensor !== undefined) tensors[name] = tensor;
  }
  return tensors as TensorsOf<T>;
}

/**
 * The same call with another tensor in the place of each: a device's for arrays, or descriptions for tensors.
 *
 * @example
 * ```ts
 * import { mapTensors } from '@normlayers/core/adapter';
 * import { tensor } from '@normlayers/core';
 *
 * const call = { op: 'rmsNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 } as const;
 * assert.deepEqual(mapTensors(call, ({ shape }, name) => `${name}: ${shape}`), { ...call, x: 'x: 1,2' });
 * ```
 */
export function mapTensors<T, U>(
  call: NormCall<T>,
  replacement: (tensor: T, name: TensorName) => U,
): NormCall<U> {
  const mapped: Record<string, unknown> = { ...call };
  for (const [name, tensor] of Object.entries(tensorsOf(call))) {
    mapped[name] = replacement(tensor as T, name as TensorName);
  }
  return mapped as unknown as NormCall<U>;
}

/** The call's arguments that are not tensors, without op and mode: epsilon, axes, layout and so on, where given. */
export function attributesOf(call: NormCall<unknown>): Readonly<Record<string, unknown>> {
  const named: readonly string[] = ['op', 'mode', ...TENSOR_NAMES];
  return Object.fromEntries(
    Object.entries(call).filter(([name, value]) => value !== undefined && !named.includes(name)),
  );
}

/** Whether a value is a tensor of arrays: a known type, a shape, and data in a typed array. Its size is not checked. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null) return false;
  const { dtype, shape, data } = value as Partial<Tensor>;
  return DTYPES.includes(dtype as Tensor['dtype']) && Array.isArray(shape) && ArrayBuffer.isView(data);
}
