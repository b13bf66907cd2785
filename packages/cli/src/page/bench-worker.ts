import { runBenchmark, watchGpus } from '@normlayers/benchmark';
import { entryOf, openEntry } from '@normlayers/catalogue';
import { PAGE } from '@normlayers/catalogue/page';
import type { NormAdapter } from '@normlayers/core';
import { progressLine } from '../output/bench-progress';
import type { BenchOrder } from './protocol';
import { post, takeTurn, work } from './worker-messages';

// Before a framework is loaded.
const gpu = watchGpus();

work<BenchOrder>(async ({ adapters: names, cases, residencies, done, rounds }) => {
  const adapters: NormAdapter[] = [];
  for (const name of names) {
    await takeTurn({ contender: name, what: 'loading' });
    const entry = entryOf(name);
    if (entry === undefined) throw new Error(`the page knows no adapter ${name}`);
    const opened = await openEntry(entry, PAGE);
    if (!('reason' in opened)) adapters.push(opened);
    else
      post({
        kind: 'unavailable',
        adapter: name,
        reason: opened.reason,
        expected: opened.need !== undefined,
      });
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
