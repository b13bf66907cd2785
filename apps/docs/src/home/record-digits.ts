// pnpm run record:digits: how many digits are right as a row of 768 numbers moves away from zero, for the picture on the home page.
import { writeFileSync } from 'node:fs';
import { entryOf, openEntry } from '@normlayers/catalogue';
import { NODE } from '@normlayers/catalogue/node';
import { judge, truthOfCall } from '@normlayers/conformance';
import type { NormAdapter, NormResult } from '@normlayers/core';
import { hardCall, PRESETS } from '../break/hard-input';
import { textbookAdapter } from '../break/textbook-adapter';
import { OFFSETS, type RecordedDigits, SHOWN } from './recorded-digits';

const lines: Record<string, number[]> = {};
for (const name of SHOWN) {
  const adapter = name === 'textbook' ? textbookAdapter() : await opened(name);
  lines[name] = [];
  for (const ratio of OFFSETS) {
    const call = hardCall({ ...PRESETS.farFromZero, ratio });
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
