import type { NormAdapter, NormResult } from '@normlayers/core';
import { compute, defineAdapter } from '@normlayers/core/adapter';

/** What a planted adapter does in the place of a right answer. */
export interface Plan {
  readonly name: string;
  /** Changes the right result. */
  readonly spoil?: (result: NormResult) => void;
  /** Instead of computing, from this call on (counted from 1). */
  readonly throwFrom?: number;
  readonly unsupported?: string;
  /** Takes so long, in ms. */
  readonly takes?: number;
  /** Called in each call, as if it handed work to a GPU. */
  readonly onGpu?: () => void;
}

/** The reference with something the matter, and a count of what is open. */
export function plantedAdapter({
  name,
  spoil,
  throwFrom = Infinity,
  unsupported,
  takes = 0,
  onGpu,
}: Plan): NormAdapter & {
  readonly open: number;
  readonly calls: number;
} {
  let open = 0;
  let calls = 0;
  const adapter = defineAdapter({
    name,
    supports: () =>
      unsupported === undefined
        ? { supported: true, via: 'fused' }
        : { supported: false, reason: unsupported, issue: 'https://example.org/1' },
    prepare(call) {
      open++;
      let result: NormResult = {};
      return {
        run() {
          calls++;
          if (calls >= throwFrom) throw new Error(`call ${calls} broke`);
          result = compute(call);
          onGpu?.();
          spoil?.(result);
          for (const from = performance.now(); performance.now() - from < takes; );
        },
        read: () => result,
        dispose() {
          open--;
        },
      };
    },
  });
  return Object.defineProperties(adapter, {
    open: { get: () => open },
    calls: { get: () => calls },
  }) as never;
}
