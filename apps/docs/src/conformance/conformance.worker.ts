import { inspectCase } from '@normlayers/catalogue';
import { type CaseReport, generatedCases, runConformance } from '@normlayers/conformance';
import type { NormAdapter, Op } from '@normlayers/core';
import { openAdapter, reasonOf } from '../adapters/opened-adapters';
import type { Answer, Request } from './protocol';

/** How often reports are posted, in ms: often enough to be seen to move, seldom enough to leave the page its time. */
const POST_EVERY = 60;

let abort = new AbortController();
let resume: (() => void) | null = null;
let gate: Promise<void> = Promise.resolve();

function post(answer: Answer): void {
  self.postMessage(answer);
}

post({
  type: 'cases',
  cases: generatedCases().map(({ name, op, mode, cites }) => ({ name, op, mode, cites })),
});

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  switch (data.type) {
    case 'run':
      await run(data.adapters, data.ops);
      break;
    case 'pause':
      gate = new Promise((resolve) => {
        resume = resolve;
      });
      break;
    case 'resume':
      resume?.();
      break;
    case 'cancel':
      abort.abort();
      resume?.();
      break;
    case 'inspect':
      await inspect(data.adapter, data.caseName);
      break;
  }
};

async function run(names: readonly string[], ops: readonly Op[]): Promise<void> {
  abort = new AbortController();
  const { signal } = abort;
  gate = Promise.resolve();
  for (const name of names) {
    if (signal.aborted) break;
    post({ type: 'opening', adapter: name });
    try {
      await runOne(await openAdapter(name), ops, signal);
    } catch (error) {
      if (signal.aborted) break;
      post({ type: 'unavailable', adapter: name, why: reasonOf(error) });
    }
  }
  post({ type: 'finished', cancelled: signal.aborted });
}

async function runOne(adapter: NormAdapter, ops: readonly Op[], signal: AbortSignal): Promise<void> {
  let waiting: CaseReport[] = [];
  let lastPost = 0;
  let total = 0;
  const flush = () => {
    if (waiting.length > 0) post({ type: 'reports', adapter: adapter.name, reports: waiting, total });
    waiting = [];
    lastPost = performance.now();
  };
  try {
    await runConformance(pausing(adapter), {
      op: ops,
      signal,
      onProgress(progress) {
        waiting.push(progress.report);
        total = progress.total;
        if (performance.now() - lastPost > POST_EVERY) flush();
      },
    });
  } finally {
    flush();
  }
}

/** The adapter, waiting before each call while the run is paused. */
function pausing(adapter: NormAdapter): NormAdapter {
  return {
    ...adapter,
    async run(call) {
      await gate;
      return adapter.run(call);
    },
  };
}

async function inspect(name: string, caseName: string): Promise<void> {
  const testCase = generatedCases().find((candidate) => candidate.name === caseName);
  if (testCase === undefined) return;
  try {
    post({ type: 'inspection', inspection: await inspectCase(await openAdapter(name), testCase) });
  } catch (error) {
    post({ type: 'unavailable', adapter: name, why: reasonOf(error) });
  }
}
