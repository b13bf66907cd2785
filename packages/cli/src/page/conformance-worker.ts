import { type CaseReport, generatedCases, runConformance, vectorCases } from '@normlayers/conformance';
import { BROWSER_ADAPTERS } from './browser-adapters';
import { missing } from './browser-features';
import type { PageMessage, PageOrder } from './protocol';

const post = (message: PageMessage) => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<PageOrder>) => {
  try {
    await run(data);
  } catch (error) {
    post({ kind: 'fault', reason: (error as Error).message });
  }
};

async function run({ adapter: name, ops, vectors }: PageOrder): Promise<void> {
  const entry = BROWSER_ADAPTERS.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`the page knows no adapter ${name}`);
  const lacking = entry.needs === undefined ? null : await missing(entry.needs);
  if (lacking !== null) return post({ kind: 'unavailable', reason: lacking, expected: true });

  post({ kind: 'loading', what: name });
  let opened: Awaited<ReturnType<typeof entry.open>>;
  try {
    opened = await entry.open();
  } catch (error) {
    return post({ kind: 'unavailable', reason: (error as Error).message, expected: false });
  }
  await using adapter = opened;
  const fromVectors = vectorCases(await fetchVectors(vectors));
  const cases = [...generatedCases(), ...fromVectors.cases].filter(({ op }) => ops.includes(op));
  const report = (total: number, result: CaseReport) => post({ kind: 'cases', total, reports: [result] });
  await runConformance(adapter, { cases, onProgress: ({ total, report: result }) => report(total, result) });
  post({ kind: 'finished' });
}

async function fetchVectors(count: number): Promise<unknown[]> {
  const files = Array.from({ length: count }, async (_, i) => {
    const response = await fetch(`/vectors/${i}`);
    return (await response.json()) as unknown[];
  });
  return (await Promise.all(files)).flat();
}
