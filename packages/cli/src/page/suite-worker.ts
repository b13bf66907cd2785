import { entryOf, inspectCase, inspectionText, openEntry } from '@normlayers/catalogue';
import { PAGE } from '@normlayers/catalogue/page';
import { type ConformanceCase, generatedCases, runConformance, vectorCases } from '@normlayers/conformance';
import { isSelected } from '../options/case-selection';
import type { SuiteOrder } from './protocol';
import { post, takeTurn, work } from './worker-messages';

/** How many cases are looked at closely, where they were asked for by name. */
const INSPECTED = 10;

/** The suite's cases, and their truth with them, are worked out once for all adapters of a page: 5 s of CPU. */
let known: Promise<readonly ConformanceCase[]> | undefined;

work<SuiteOrder>(async ({ adapters, cases: selection, vectors }) => {
  for (const name of adapters) {
    await takeTurn({ contender: name, what: 'loading' });
    const entry = entryOf(name);
    if (entry === undefined) throw new Error(`the page knows no adapter ${name}`);
    const opened = await openEntry(entry, PAGE);
    if ('reason' in opened) {
      post({
        kind: 'unavailable',
        adapter: name,
        reason: opened.reason,
        expected: opened.need !== undefined,
      });
      continue;
    }
    await using adapter = opened;
    known ??= allCases(vectors);
    const cases = (await known).filter((testCase) => isSelected(selection, testCase));
    post({ kind: 'turn', turn: { contender: name, what: 'running' } });
    // To see which adapters there are, no case is asked for.
    if (cases.length === 0) continue;
    await runConformance(adapter, {
      cases,
      onProgress: ({ total, report }) => post({ kind: 'cases', total, reports: [report] }),
    });
    if (selection.names.length === 0) continue;
    for (const testCase of cases.slice(0, INSPECTED)) {
      post({ kind: 'inspected', text: inspectionText(await inspectCase(adapter, testCase)) });
    }
  }
});

async function allCases(vectors: boolean): Promise<readonly ConformanceCase[]> {
  if (!vectors) return generatedCases();
  const response = await fetch('/documents/vectors');
  return [...generatedCases(), ...vectorCases((await response.json()) as unknown[]).cases];
}
