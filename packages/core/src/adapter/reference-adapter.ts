import type { NormResult } from '../call/call';
import { LATER_ARGUMENTS } from '../call/operations';
import { compute } from '../reference/compute';
import { defineAdapter } from './define-adapter';
import type { NormAdapter } from './norm-adapter';

/**
 * The reference behind the adapter contract: every call, on this thread, in float64 rounded once. Also the smallest
 * complete adapter, and the one to copy when writing another: a name, what is supported, and `prepare`.
 *
 * @example
 * ```ts
 * import { referenceAdapter, tensor } from '@normlayers/core';
 *
 * const adapter = referenceAdapter();
 * const { y } = await adapter.run({ op: 'rmsNorm', mode: 'inference', x: tensor([3, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [1, 1]);
 * ```
 */
export function referenceAdapter(): NormAdapter {
  return defineAdapter({
    name: 'reference',
    kind: 'ours',
    takes: LATER_ARGUMENTS,
    supports: () => ({ supported: true, via: 'fused' }),
    prepare(call) {
      let result: NormResult = {};
      return {
        run() {
          result = compute(call);
        },
        read: () => result,
      };
    },
  });
}
