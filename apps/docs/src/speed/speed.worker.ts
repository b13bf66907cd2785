import {
  type BenchCase,
  type BenchReport,
  type BenchStage,
  type Residency,
  runBenchmark,
  type Skipped,
  watchGpus,
} from '@normlayers/benchmark';
import type { NormAdapter } from '@normlayers/core';
import { openAdapter, reasonOf } from '../adapters/opened-adapters';

export type SpeedRequest =
  | {
      readonly type: 'run';
      readonly adapters: readonly string[];
      readonly cases: readonly BenchCase[];
      readonly residencies: readonly Residency[];
    }
  | { readonly type: 'cancel' };

/** The benchmark's stages, and one before them. */
export type SpeedStage = BenchStage | { readonly code: 'opening'; readonly adapter: string };

export type SpeedAnswer =
  | { readonly type: 'stage'; readonly done: number; readonly total: number; readonly stage: SpeedStage }
  | { readonly type: 'case'; readonly report: BenchReport['cases'][number] }
  | { readonly type: 'done'; readonly unavailable: readonly Skipped[] }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly message: string };

// Before a framework is loaded.
const gpu = watchGpus();
let abort = new AbortController();

function post(answer: SpeedAnswer): void {
  self.postMessage(answer);
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

self.onmessage = async ({ data }: MessageEvent<SpeedRequest>) => {
  if (data.type === 'cancel') return abort.abort();
  abort = new AbortController();
  const { signal } = abort;
  try {
    const adapters: NormAdapter[] = [];
    const unavailable: Skipped[] = [];
    for (const name of data.adapters) {
      post({ type: 'stage', done: 0, total: 1, stage: { code: 'opening', adapter: name } });
      try {
        adapters.push(await openAdapter(name));
      } catch (error) {
        unavailable.push({ adapter: name, ...reasonOf(error) });
      }
    }
    await runBenchmark(adapters, {
      gpu,
      cases: data.cases,
      residencies: data.residencies,
      caseMs: 3000,
      signal,
      unavailable,
      onProgress({ done, total, stage, report }) {
        post({ type: 'stage', done, total, stage });
        if (report) post({ type: 'case', report });
      },
    });
    post({ type: 'done', unavailable });
  } catch (error) {
    post(signal.aborted ? { type: 'cancelled' } : { type: 'failed', message: words(error) });
  }
};
