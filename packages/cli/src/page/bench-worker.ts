import { plainJsAdapter, runBenchmark, watchGpus } from '@normlayers/benchmark';
import type { NormAdapter } from '@normlayers/core';
import { progressLine } from '../bench-progress';
import { BROWSER_BENCH_ADAPTERS } from './browser-bench-adapters';
import { openAdapter } from './open-adapter';
import { type BenchOrder, HEARD, type Turn } from './protocol';
import { post, work } from './worker-messages';

const ENTRIES = [
  ...BROWSER_BENCH_ADAPTERS,
  { name: 'plain-js', about: 'a loop written by hand', open: async () => plainJsAdapter() },
];

// Before a framework is loaded.
const gpu = watchGpus();

work<BenchOrder>(async ({ adapters: names, cases, residencies, done, rounds }) => {
  const adapters: NormAdapter[] = [];
  for (const name of names) {
    await takeTurn({ contender: name, what: 'loading' });
    const opened = await openAdapter(ENTRIES, name);
    if ('reason' in opened) post({ kind: 'unavailable', adapter: name, ...opened });
    // Two builds of one framework call themselves alike.
    else adapters.push({ ...opened, name });
  }
  const total = cases.length * residencies.length;
  for (const [i, benchCase] of cases.entries()) {
    const before = i * residencies.length;
    const left = residencies.filter((_, r) => before + r >= done);
    if (left.length === 0) continue;
    const skipped = before + residencies.length - left.length;
    await runBenchmark(adapters, {
      cases: [benchCase],
      residencies: left,
      ...(rounds === undefined ? {} : { rounds }),
      gpu,
      onTurn: (contender, what) =>
        what === 'checking'
          ? takeTurn({ contender, what })
          : post({ kind: 'turn', turn: { contender, what } }),
      onProgress(progress) {
        const { done: doneHere, report } = progress;
        if (report !== undefined) post({ kind: 'timed', report });
        else post({ kind: 'stage', text: progressLine({ ...progress, done: skipped + doneHere, total }) });
      },
    });
  }
});

/** Done when the command knows whose turn it is. */
function takeTurn(turn: Turn): Promise<void> {
  post({ kind: 'turn', turn });
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent) => {
      if (data !== HEARD) return;
      self.removeEventListener('message', hear);
      resolve();
    };
    self.addEventListener('message', hear);
  });
}
