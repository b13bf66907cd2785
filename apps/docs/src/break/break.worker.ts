import { type OutputTruth, truthOfCall } from '@normlayers/conformance';
import type { NormCall, NormResult } from '@normlayers/core';
import { widened } from '@normlayers/core/adapter';
import { openAdapter } from '../adapters/opened-adapters';
import { type Hardness, hardCall, RATIOS } from './hard-input';
import { TEXTBOOK, textbookAdapter } from './textbook-adapter';

export interface BreakRequest {
  /** Which request answers belong to; a later request ends an earlier one. */
  readonly id: number;
  readonly adapters: readonly string[];
  readonly hardness: Hardness;
}

/** What came of one call. */
export interface BreakPoint {
  readonly adapter: string;
  readonly ratio: number;
  /** The largest absolute error of y; Infinity where NaN or Inf stands in the wrong place. */
  readonly error: number;
  /** The largest error over its own bound: right up to 1. */
  readonly used: number;
  /** The largest bound of an element of y at this ratio. */
  readonly bound: number;
  /** Why there is no answer. */
  readonly message?: string;
}

export type BreakAnswer =
  | { readonly type: 'point'; readonly id: number; readonly point: BreakPoint }
  | { readonly type: 'done'; readonly id: number };

const textbook = textbookAdapter();
let latest = 0;

self.onmessage = async ({ data }: MessageEvent<BreakRequest>) => {
  latest = data.id;
  // The slider's own ratio first: it is what is being looked at.
  const ratios = [data.hardness.ratio, ...RATIOS.filter((ratio) => ratio !== data.hardness.ratio)];
  for (const ratio of ratios) {
    const call = hardCall({ ...data.hardness, ratio });
    const truth = truthOfCall(call).y!;
    for (const adapter of data.adapters) {
      // A macrotask, so that a newer request is heard.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (latest !== data.id) return;
      const point = {
        adapter,
        ratio,
        bound: Math.max(...truth.budget),
        ...(await tried(adapter, call, truth)),
      };
      if (latest !== data.id) return;
      self.postMessage({ type: 'point', id: data.id, point } satisfies BreakAnswer);
    }
  }
  self.postMessage({ type: 'done', id: data.id } satisfies BreakAnswer);
};

/** How far an adapter's answer is from the truth. */
async function tried(
  name: string,
  call: NormCall,
  truth: OutputTruth,
): Promise<Pick<BreakPoint, 'error' | 'used' | 'message'>> {
  try {
    const adapter = name === TEXTBOOK ? textbook : await openAdapter(name);
    const { y } = (await adapter.run(call)) as Required<NormResult>;
    let [error, used] = [0, 0];
    widened(y.data).forEach((got, i) => {
      if (got === truth.values[i] || Object.is(got, truth.values[i])) return;
      const off = Math.abs(got - truth.values[i]);
      error = Math.max(error, Number.isNaN(off) ? Infinity : off);
      used = Math.max(used, Number.isNaN(off) ? Infinity : off / truth.budget[i]);
    });
    return { error, used };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { error: Number.NaN, used: Number.NaN, message };
  }
}
