import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, showAllWidgets } from './site';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

async function used(page: Page, adapter: string): Promise<number> {
  await page.waitForSelector('table[data-done=true]', { timeout: 30_000 });
  return page.$eval(`[data-adapter="${adapter}"]`, (row) => Number(row.getAttribute('data-used')));
}

test.each(['', 'zh/'])('the presets break the native operator and not ours (%s)', async (prefix) => {
  const { page, complaints } = await site.open(`${prefix}break-it.html`);
  await showAllWidgets(page);
  expect(await used(page, 'wasm')).toBeLessThanOrEqual(1);
  expect(await used(page, 'textbook')).toBeGreaterThan(1);
  for (const preset of ['squareOverflows', 'channelsFirst']) {
    await page.click(`[data-preset=${preset}]`);
    await page.waitForSelector('table[data-done=false]');
    expect(await used(page, 'native:tfjs/cpu'), preset).toBeGreaterThan(1);
    for (const ours of ['reference', 'wasm', 'tfjs/cpu']) {
      expect(await used(page, ours), `${ours}, ${preset}`).toBeLessThanOrEqual(1);
    }
  }
  expect(new URL(page.url()).searchParams.get('input')).toBe(
    'batchNormChannelsFirst,float32,1,1,0.00001,2,4',
  );
  // The preset offers who is known to fail on it.
  await page.click('[data-add="native:tfjs/wasm"]');
  await page.waitForSelector('table[data-done=false]');
  expect(await used(page, 'native:tfjs/wasm')).toBeGreaterThan(1);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a link brings the input back, the slider moves it', async () => {
  const { page } = await site.open('break-it.html?adapters=wasm&input=layerNorm,float32,1000,1,0.00001,2,16');
  await showAllWidgets(page);
  expect(await used(page, 'wasm')).toBeLessThanOrEqual(1);
  expect(await page.$$eval('tbody tr', (rows) => rows.length)).toBe(2);
  await page.focus('[data-slider=ratio]');
  await page.keyboard.press('ArrowRight');
  expect(new URL(page.url()).searchParams.get('input')).toContain(',3000,');
  await page.close();
});
