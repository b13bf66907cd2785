import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, showAllWidgets } from './site';

/** One page in two languages: in the gate the English one. */
const LANGUAGES = process.env.NORMLAYERS_FULL === '1' ? ['', 'zh/'] : [''];

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const ACCURATE = ['accurate'];
const BROKEN = ['wrong', 'imprecise'];

/** The grade of an adapter where the slider stands, once all are there. */
async function grade(page: Page, adapter: string): Promise<string | null> {
  await page.waitForSelector('table[data-done=true]', { timeout: 30_000 });
  return page.$eval(`[data-adapter="${adapter}"]`, (row) => row.getAttribute('data-grade'));
}

test.each(LANGUAGES)('the presets break the native operator and not ours (%s)', async (prefix) => {
  const { page, complaints } = await site.open(`${prefix}break-it.html`);
  await showAllWidgets(page);
  expect(ACCURATE).toContain(await grade(page, 'wasm'));
  expect(BROKEN).toContain(await grade(page, 'textbook'));
  await page.click('[data-preset=halfOutlier]');
  await page.waitForSelector('table[data-done=false]');
  expect(BROKEN).toContain(await grade(page, 'textbook'));
  expect(ACCURATE).toContain(await grade(page, 'reference'));
  for (const preset of ['squareOverflows', 'channelsFirst']) {
    await page.click(`[data-preset=${preset}]`);
    await page.waitForSelector('table[data-done=false]');
    expect(BROKEN, preset).toContain(await grade(page, 'native:tfjs/cpu'));
    for (const ours of ['reference', 'wasm', 'tfjs/cpu']) {
      expect(ACCURATE, `${ours}, ${preset}`).toContain(await grade(page, ours));
    }
  }
  expect(new URL(page.url()).searchParams.get('input')).toBe(
    'batchNormChannelsFirst,float32,1,1,0.00001,2,4',
  );
  // The preset offers who is known to fail on it.
  await page.click('[data-add="native:tfjs/wasm"]');
  await page.waitForSelector('table[data-done=false]');
  expect(BROKEN).toContain(await grade(page, 'native:tfjs/wasm'));
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('a link brings the input back, the slider moves it', async () => {
  const { page } = await site.open('break-it.html?adapters=wasm&input=layerNorm,float32,1000,1,0.00001,2,16');
  await showAllWidgets(page);
  expect(ACCURATE).toContain(await grade(page, 'wasm'));
  expect(await page.$$eval('tbody tr', (rows) => rows.length)).toBe(2);
  await page.focus('[data-slider=ratio]');
  await page.keyboard.press('ArrowRight');
  expect(new URL(page.url()).searchParams.get('input')).toContain(',3000,');
  site.leave(page);
});
