import type { NormCall } from './call';

/**
 * The call of what is left once residual has been added: `sum` is its x. A back end that adds in a step of its own
 * computes this one; `dsum` is added to its dx.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { added, callOnSum, compute } from '@normlayers/core/adapter';
 *
 * const [x, residual] = [tensor([1, 2], [1, 2]), tensor([0, 1], [1, 2])];
 * const call = { op: 'rmsNorm', mode: 'inference', x, residual } as const;
 * const sum = { ...x, data: added(x.data, residual.data) };
 * assert.deepEqual(compute(callOnSum(call, sum)).y, compute(call).y);
 * ```
 */
export function callOnSum<T, C extends NormCall<T>>(call: C, sum: T): C {
  const { residual: _, dsum: __, ...rest } = call as C & { residual?: T; dsum?: T };
  return { ...rest, x: sum } as unknown as C;
}
