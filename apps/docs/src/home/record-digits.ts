// pnpm run record:digits: how many digits are right as a row of 768 numbers moves away from zero, for the picture on the home page.
import { writeFileSync } from 'node:fs';
import { entryOf, openEntry } from '@normlayers/catalogue';
import { NODE } from '@normlayers/catalogue/node';
import { generatedCases, judge, truthOfCall } from '@normlayers/conformance';
import type { NormAdapter, NormResult } from '@normlayers/core';
import { hardCall, PRESETS } from '../break/hard-input';
import { textbookAdapter } from '../break/textbook-adapter';
import { OFFSETS, type RecordedDigits, SHOWN } from './recorded-digits';

/** What the page says beside the picture is of the suite's case, which people can run: so is the picture where it has that offset. */
const ofSuite = { offset: 1e4, name: 'layerNorm inference float32 offset 10000' };
const suiteCase = generatedCases().find(({ name }) => name === ofSuite.name);
if (suiteCase === undefined) throw new Error(`the suite has no case ${ofSuite.name}`);

const lines: Record<string, number[]> = {};
for (const name of SHOWN) {
  const adapter = name === 'textbook' ? textbookAdapter() : await opened(name);
  lines[name] = [];
  for (const ratio of OFFSETS) {
    const call = ratio === ofSuite.offset ? suiteCase.call : hardCall({ ...PRESETS.farFromZero, ratio });
    const { y } = (await adapter.run(call)) as Required<NormResult>;
    const { outputs } = judge({ y }, { y: truthOfCall(call).y! });
    lines[name].push(Number(outputs[0].digits.toFixed(1)));
  }
  await adapter.dispose();
}
const recorded: RecordedDigits = { offsets: OFFSETS, lines };
writeFileSync('src/home/recorded/digits.json', `${JSON.stringify(recorded, null, 1)}\n`);
console.log(lines);

async function opened(name: string): Promise<NormAdapter> {
  const entry = entryOf(name);
  if (entry === undefined) throw new Error(`the catalogue has no adapter ${name}`);
  const adapter = await openEntry(entry, NODE);
  if ('reason' in adapter) throw new Error(`${name}: ${adapter.reason}`);
  return adapter;
}
