import { type CaseReport, generatedCases, runConformance, vectorCases } from '@normlayers/conformance';
import { BROWSER_ADAPTERS } from './browser-adapters';
import { openAdapter } from './open-adapter';
import type { ConformanceOrder } from './protocol';
import { post, work } from './worker-messages';

work<ConformanceOrder>(async ({ adapter: name, ops, vectors }) => {
  post({ kind: 'loading', what: name });
  const opened = await openAdapter(BROWSER_ADAPTERS, name);
  if ('reason' in opened) return post({ kind: 'unavailable', adapter: name, ...opened });
  await using adapter = opened;
  const fromVectors = vectorCases(await fetchVectors(vectors));
  const cases = [...generatedCases(), ...fromVectors.cases].filter(({ op }) => ops.includes(op));
  const report = (total: number, result: CaseReport) => post({ kind: 'cases', total, reports: [result] });
  await runConformance(adapter, { cases, onProgress: ({ total, report: result }) => report(total, result) });
});

async function fetchVectors(count: number): Promise<unknown[]> {
  const files = Array.from({ length: count }, async (_, i) => {
    const response = await fetch(`/vectors/${i}`);
    return (await response.json()) as unknown[];
  });
  return (await Promise.all(files)).flat();
}
