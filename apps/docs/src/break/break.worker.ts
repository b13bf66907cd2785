import { type Grade, judge, type Truth, truthOfCall } from '@normlayers/conformance';
import type { NormCall, NormResult } from '@normlayers/core';
import { openAdapter } from '../adapters/opened-adapters';
import { type Hardness, hardCall, ratiosFor } from './hard-input';
import { heldDigits } from './held-digits';
import { TEXTBOOK, textbookAdapter } from './textbook-adapter';

export interface BreakRequest {
  /** Which request answers belong to; a later request ends an earlier one. */
  readonly id: number;
  readonly adapters: readonly string[];
  readonly hardness: Hardness;
}

/** What an answer is worth, by the conformance suite's verdict; or why there is none. */
export type BreakOutcome =
  | {
      readonly grade: Grade;
      /** Digits right. */
      readonly digits: number;
      /** The largest absolute error of y; Infinity where NaN or Inf stands in the wrong place. */
      readonly error: number;
    }
  | { readonly grade: null; readonly message: string };

/** What came of one call. */
export interface BreakPoint {
  readonly adapter: string;
  readonly ratio: number;
  /** Digits that the data hold: what one rounding of each number of x leaves. */
  readonly held: number;
  readonly answer: BreakOutcome;
}

export type BreakAnswer =
  | { readonly type: 'point'; readonly id: number; readonly point: BreakPoint }
  | { readonly type: 'done'; readonly id: number };

const textbook = textbookAdapter();
let latest = 0;

self.onmessage = async ({ data }: MessageEvent<BreakRequest>) => {
  latest = data.id;
  // The slider's own ratio first: it is what is being looked at.
  const ratios = [
    data.hardness.ratio,
    ...ratiosFor(data.hardness).filter((ratio) => ratio !== data.hardness.ratio),
  ];
  for (const ratio of ratios) {
    const call = hardCall({ ...data.hardness, ratio });
    const truth = truthOfCall(call);
    const held = heldDigits(truth, call.x.dtype);
    for (const adapter of data.adapters) {
      // A macrotask, so that a newer request is heard.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (latest !== data.id) return;
      const point = { adapter, ratio, held, answer: await tried(adapter, call, truth) };
      if (latest !== data.id) return;
      self.postMessage({ type: 'point', id: data.id, point } satisfies BreakAnswer);
    }
  }
  self.postMessage({ type: 'done', id: data.id } satisfies BreakAnswer);
};

async function tried(name: string, call: NormCall, truth: Truth): Promise<BreakOutcome> {
  try {
    const adapter = name === TEXTBOOK ? textbook : await openAdapter(name);
    const { y } = (await adapter.run(call)) as Required<NormResult>;
    const { grade, outputs } = judge({ y }, { y: truth.y! });
    const { digits, maxAbsError } = outputs[0];
    return { grade, digits, error: maxAbsError };
  } catch (cause) {
    return { grade: null, message: cause instanceof Error ? cause.message : String(cause) };
  }
}
