import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchJson } from '@normlayers/benchmark';
import type { ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBenchReport } from '../src/speed/bench-file';
import { readShape, sweepOf } from '../src/speed/sizes';
import { openSite, type Site, showAllWidgets } from './site';

/** One page in two languages: in the gate the Chinese one, whose words are not the benchmark's. */
const FULL = process.env.NORMLAYERS_FULL === '1';
const LANGUAGES = FULL ? ['', 'zh/'] : ['zh/'];

let site: Site;
const folder = mkdtempSync(join(tmpdir(), 'speed-page-'));
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

test.each(LANGUAGES)('a run, its order, JSON out and in (%s)', async (prefix) => {
  const link = 'adapters=reference,wasm&case=layerNorm%20inference%20float32%20256x768';
  const { page, complaints } = await site.open(`${prefix}speed.html?${link}`);
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=run]:not(:disabled)');
  await page.click('[data-test=run]');
  await page.waitForSelector('[data-phase=done]', { timeout: 60_000 });
  const shown = await page.$$eval('[data-speed-case]', (sections) =>
    sections.map((section) =>
      [...section.querySelectorAll('li')].map((li) => ({
        adapter: li.getAttribute('data-adapter'),
        grade: li.getAttribute('data-grade'),
        median: Number(li.getAttribute('data-median')),
      })),
    ),
  );
  expect(shown).toHaveLength(2);
  for (const results of shown) {
    expect(results.map(({ adapter }) => adapter).sort()).toEqual(['memcpy', 'reference', 'wasm']);
    expect(results.every(({ grade }) => grade === 'accurate' || grade === 'ordinary')).toBe(true);
    expect(results.map(({ median }) => median)).toEqual(
      results.map(({ median }) => median).sort((a, b) => a - b),
    );
  }

  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await page.click('[data-test=json]');
  const file = join(folder, 'bench.json');
  const read = () => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as BenchJson;
    } catch {
      return null;
    }
  };
  await expect.poll(() => read()?.schema, { timeout: 5000 }).toBe(2);
  expect(read()?.results.map(({ medianMs }) => medianMs)).toEqual(shown.flat().map(({ median }) => median));
  const input = (await page.$('[data-test=file]')) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(file);
  await page.waitForFunction(() => document.querySelectorAll('[data-speed-case]').length === 4);
  rmSync(file);
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('on a GPU the passes of a call are counted', async () => {
  const link = 'adapters=tfjs/webgl&case=layerNorm%20inference%20float32%2016x64';
  const { page, complaints } = await site.open(`speed.html?${link}`);
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=run]:not(:disabled)');
  await page.click('.speed input[value=host]');
  await page.click('[data-test=run]');
  await page.waitForSelector('[data-phase=done]', { timeout: 90_000 });
  const passes = await page.$eval(
    '[data-adapter="tfjs/webgl"] [data-test=passes]',
    (span) => span.textContent,
  );
  expect(Number.parseInt(passes ?? '', 10)).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  site.leave(page);
});

const sweep = async (page: Page) => {
  await page.click('.speed input[value=host]');
  await page.click('[data-test=run]');
  await page.waitForSelector('[data-phase=done]', { timeout: 90_000 });
  expect(await page.$$eval('[data-speed-case]', (cases) => cases.length)).toBe(sweepOf([1, 4096]).length);
  const legend = await page.$$eval('[data-plot=device] figcaption span', (all) =>
    all.map((one) => one.textContent?.trim()),
  );
  expect(legend.sort()).toEqual(['memcpy', 'wasm']);
};

// The sizes of a sweep end at 34 MB: it is run in the full run.
test('a size sweep plots everyone beside the speed of memory; what is no size is said', async () => {
  const { page, complaints } = await site.open(
    'speed.html?adapters=wasm&case=rmsNorm%20inference%20float32%208192x4096%20sweep',
  );
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=run]:not(:disabled)');
  if (FULL) await sweep(page);
  await page.$eval('[data-test=size]', (input) => {
    (input as HTMLInputElement).value = '768';
    input.dispatchEvent(new Event('input'));
  });
  await page.waitForSelector('[role=alert]');
  await page.click('[data-size="64x768"]');
  expect(new URL(page.url()).searchParams.get('case')).toContain('64x768');
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('shapes and reports are read, and what is none is refused', () => {
  expect(readShape('4096x768')).toEqual([4096, 768]);
  expect(readShape('2 × 3, 4')).toEqual([2, 3, 4]);
  expect(readShape('768')).toBeNull();
  expect(readShape('4xa')).toBeNull();
  expect(sweepOf([7, 768]).map(([rows]) => rows)).toEqual([16, 64, 256, 1024, 4096]);
  expect(sweepOf([8, 64, 56, 56]).map(([samples]) => samples)).toEqual([1, 4, 16]);
  expect(() => readBenchReport('{"schema": 1}')).toThrow('schema 2');
});
