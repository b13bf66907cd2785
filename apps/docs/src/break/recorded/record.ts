// pnpm run record:break: digits right of the famous failure, in Node and, through the built site, in Chromium's WebGPU.
import { writeFileSync } from 'node:fs';
import { entryOf, openEntry } from '@normlayers/catalogue';
import { NODE } from '@normlayers/catalogue/node';
import { judge, truthOfCall } from '@normlayers/conformance';
import type { NormResult } from '@normlayers/core';
import { openSite, showAllWidgets } from '../../../test/site';
import { hardCall, PRESETS, RATIOS } from '../hard-input';
import { heldDigits } from '../held-digits';
import { IN_BROWSER, IN_NODE, type RecordedFailure } from './recorded-failure';

const lines: Record<string, (number | null)[]> = {};
const held: number[] = [];

/** Through the page itself: its slider is moved from one end to the other. */
const site = await openSite();
const { dtype, spread, epsilon, batch, features } = PRESETS.farFromZero;
const input = ['layerNorm', dtype, RATIOS[0], spread, epsilon, batch, features].join(',');
const { page } = await site.open(`break-it.html?adapters=${IN_BROWSER.join(',')}&input=${input}`);
await showAllWidgets(page);
for (const name of IN_BROWSER) lines[name] = [];
for (const ratio of RATIOS) {
  if (ratio !== RATIOS[0]) {
    await page.focus('[data-slider=ratio]');
    await page.keyboard.press('ArrowRight');
  }
  for (const name of IN_BROWSER) {
    const row = `[data-adapter="${name}"][data-ratio="${ratio}"]`;
    // In one look: a run that begins anew empties the table.
    const answer = await page.waitForFunction(
      (selector) => {
        const shown = document.querySelector<HTMLElement>(selector);
        if (shown?.querySelector('.refusal')) return { digits: null };
        return shown?.dataset.digits ? { digits: Number(shown.dataset.digits) } : null;
      },
      { timeout: 120_000, polling: 20 },
      row,
    );
    const { digits } = (await answer.jsonValue()) as { digits: number | null };
    lines[name].push(digits === null ? null : short(digits));
  }
}
const version = (await site.browser.version()).replace('Headless', '');
await site.close();

for (const name of IN_NODE) {
  const entry = entryOf(name);
  if (entry === undefined) throw new Error(`the catalogue has no adapter ${name}`);
  const adapter = await openEntry(entry, NODE);
  if ('reason' in adapter) throw new Error(`${name}: ${adapter.reason}`);
  lines[name] = [];
  for (const ratio of RATIOS) {
    const call = hardCall({ ...PRESETS.farFromZero, ratio });
    const { y } = (await adapter.run(call)) as Required<NormResult>;
    lines[name].push(short(judge({ y }, { y: truthOfCall(call).y! }).outputs[0].digits));
  }
  await adapter.dispose();
}
for (const ratio of RATIOS) {
  const call = hardCall({ ...PRESETS.farFromZero, ratio });
  held.push(short(heldDigits(truthOfCall(call), call.x.dtype)));
}

const date = new Date().toISOString().slice(0, 10);
const recorded: RecordedFailure = { browser: version, date, lines, held };
writeFileSync(
  'src/break/recorded/failure.json',
  `${JSON.stringify(recorded, null, 1).replaceAll(/\n {3,}/g, ' ')}\n`,
);
console.log(recorded);

function short(digits: number): number {
  return Number(digits.toFixed(1));
}
