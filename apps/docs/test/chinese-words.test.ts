import { openEntry, SUITE_ENTRIES } from '@normlayers/catalogue';
import { lackedByNode, NODE } from '@normlayers/catalogue/node';
import { generatedCases, runConformance } from '@normlayers/conformance';
import { FULL } from '@normlayers/testing/full-run';
import { expect, test } from 'vitest';
import { messageWords } from '../src/text/zh/suite/faults';
import { suiteNote } from '../src/text/zh/suite/notes';
import { reasonWords } from '../src/text/zh/suite/reasons';

const HAN = /\p{Script=Han}/u;

test('what each case is there for is said in Chinese', () => {
  for (const { note } of generatedCases()) if (note !== undefined) expect(suiteNote(note), note).toMatch(HAN);
});

test('why adapters do not compute a call is said in Chinese, wherever they give a code', async () => {
  for (const entry of SUITE_ENTRIES.filter((one) => lackedByNode(one) === null)) {
    const adapter = await openEntry(entry, NODE);
    if ('reason' in adapter) throw new Error(`${entry.name}: ${adapter.reason}`);
    for (const { call, refusal } of generatedCases()) {
      const support = refusal === undefined ? adapter.supports(call) : { supported: true as const };
      if (support.supported || support.code === undefined) continue;
      expect(reasonWords(support), `${entry.name}: ${support.code}`).toMatch(HAN);
    }
    await adapter.dispose();
  }
});

test('what is wrong is said in Chinese, from the records', async () => {
  const native = SUITE_ENTRIES.find(({ name }) => name === 'native:tfjs/cpu');
  const adapter = native && (await openEntry(native, NODE));
  if (adapter === undefined || 'reason' in adapter) throw new Error('native:tfjs/cpu does not open');
  const some = generatedCases().filter(
    ({ op, mode }, i) => op === 'layerNorm' && (FULL || (mode === 'inference' && i % 3 === 0)),
  );
  const { cases } = await runConformance(adapter, { cases: some });
  await adapter.dispose();
  const wrong = cases.filter(({ grade }) => grade === 'wrong');
  expect(wrong.length).toBeGreaterThan(0);
  for (const report of wrong) expect(messageWords(report), report.name).toMatch(HAN);
});
