import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BEYOND_NAMES, COMPARISON_NAMES } from '../src/experiments/experiment-names';
import { openSite, type Site, seriousViolations, showAllWidgets, textOf } from './site';

const FULL = process.env.NORMLAYERS_FULL === '1';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const shown = async (page: Page, symbol: string) =>
  Number((await textOf(page, `button[data-symbol=${symbol}] output`)).replace('−', '-'));

const lit = (page: Page) =>
  page.$$eval('.cell.lit', (cells) =>
    cells.map((cell) => Number(cell.textContent?.trim().replace('−', '-'))),
  );

/** How many cells an operation lights. */
const GROUPS = { batchNorm: 12, layerNorm: 16, instanceNorm: 4, groupNorm: 8 };

test('the picture: each operation lights its group and shows its numbers', async () => {
  const { page, complaints } = await site.open('guide/');
  await showAllWidgets(page);
  for (const [op, size] of Object.entries(GROUPS)) await lightsItsGroup(page, op, size);
  expect(complaints).toEqual([]);
  site.leave(page);
});

async function lightsItsGroup(page: Page, op: string, size: number): Promise<void> {
  await page.click(`.picture input[value=${op}]`);
  const values = await lit(page);
  expect(values).toHaveLength(size);
  const mean = values.reduce((sum, value) => sum + value, 0) / size;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
  // The cells show one decimal, the symbols more.
  expect(Math.abs((await shown(page, 'mean')) - mean)).toBeLessThan(0.06);
  expect(Math.abs((await shown(page, 'variance')) - variance)).toBeLessThan(0.2);

  const [x, mu, sigma2] = [await shown(page, 'x'), await shown(page, 'mean'), await shown(page, 'variance')];
  expect(Math.abs((await shown(page, 'xhat')) - (x - mu) / Math.sqrt(sigma2 + 1e-5))).toBeLessThan(0.02);

  await page.focus('.cell.chosen');
  await page.keyboard.press('+');
  expect(await shown(page, 'x')).toBeGreaterThan(x);
  const place = await page.$eval('.cell.chosen', (cell) => Number(cell.getAttribute('data-index')));
  await page.keyboard.press('ArrowRight');
  expect(await page.$eval('.cell.chosen', (cell) => Number(cell.getAttribute('data-index')))).toBe(place + 1);
}

test('a symbol of a formula shows its number in the picture', async () => {
  const { page } = await site.open('guide/');
  await showAllWidgets(page);
  // A training step moves the running mean a tenth of the way from 0 to the batch's.
  await page.click('[data-test=train]');
  expect(await shown(page, 'runningMean')).toBeCloseTo((await shown(page, 'mean')) / 10, 2);
  for (const symbol of ['variance', 'count', 'runningVar']) {
    await page.hover(`.katex-html [data-symbol=${symbol}]`);
    await page.waitForSelector('.symbol-number b');
    const number = await textOf(page, '.symbol-number b');
    expect(number, symbol).toBe(await textOf(page, `button[data-symbol=${symbol}] output`));
  }
  site.leave(page);
});

test('the decision path leads to the code, and is in the link', async () => {
  const { page } = await site.open('guide/choose.html?for=sequence,large,no');
  await showAllWidgets(page);
  expect(await page.$eval('[data-answer]', (answer) => answer.getAttribute('data-answer'))).toBe('layerNorm');
  const target = await page.$eval('[data-answer] a', (link) => link.getAttribute('href'));
  expect(await page.$(`${target}`)).not.toBeNull();
  site.leave(page);
});

test('one sample, batch × features: Batch Norm is left with one number and gives beta', async () => {
  const { page } = await site.open('zh/guide/');
  await showAllWidgets(page);
  await page.select('.picture .controls select', 'features');
  await page.$eval('[data-test=batch]', (input) => {
    (input as HTMLInputElement).value = '1';
    input.dispatchEvent(new Event('input'));
  });
  await page.waitForFunction(() => document.querySelectorAll('.cell.lit').length === 1);
  expect(await shown(page, 'variance')).toBe(0);
  expect(await shown(page, 'y')).toBe(0);
  site.leave(page);
});

test.each([
  ['', 'miniBatch', '✓ This run supports the claim.'],
  ['zh/', 'qkNorm', '✓ 这次运行支持这个说法。'],
])(
  'an experiment is drawn over its recorded plot and comes to a conclusion (%s%s)',
  async (prefix, name, verdict) => {
    // The link brings experiment and seed back, and waits.
    const where = COMPARISON_NAMES.some((own) => own === name) ? 'comparison' : 'beyond';
    const link = `${prefix}guide/${where}.html?experiment=${name}&seed=7#experiment-${name}`;
    const { page, complaints } = await site.open(link);
    const card = `[data-experiment=${name}]`;
    await page.waitForSelector(`${card} [data-test=start]`);
    expect(await page.$eval(`${card} [data-test=seed]`, (input) => (input as HTMLInputElement).value)).toBe(
      '7',
    );
    expect(await page.$(`${card} [data-test=verdict]`)).toBeNull();
    const recorded = await page.$$eval(`#plot-${name} path[fill=none]`, (lines) => lines.length);
    const height = await page.$eval(card, (element) => element.clientHeight);
    await page.click(`${card} [data-test=start]`);
    await page.waitForSelector(`${card} [data-test=verdict]`, { timeout: 30_000 });
    expect(await textOf(page, `${card} [data-test=verdict]`)).toBe(verdict);
    expect((await textOf(page, `${card} [data-test=conclusion]`)).match(/\d/)).not.toBeNull();
    await page.waitForFunction(
      (plot, lines) => document.querySelectorAll(`${plot} path[fill=none]`).length === 2 * lines,
      {},
      `#plot-${name}`,
      recorded,
    );
    expect(await page.$eval(card, (element) => element.clientHeight)).toBe(height);
    expect(complaints).toEqual([]);
    if (name === 'miniBatch' || FULL) expect(await seriousViolations(page)).toEqual([]);
    if (name === 'miniBatch') {
      const { EXPERIMENTS } = await import('../src/experiments/all-experiments');
      const { default: words } = await import('../src/text/en/learn/experiments');
      const { figures } = await EXPERIMENTS.miniBatch.run(7, () => {});
      expect(await textOf(page, `${card} [data-test=conclusion]`)).toBe(
        words.experiments.miniBatch.conclude(figures),
      );
    }
    site.leave(page);
  },
);

test.each(FULL ? ['', 'zh/'] : [''])(
  'the comparison has its six rows and ten plots without script, what came after its ten (%s)',
  async (prefix) => {
    const page = await site.browser.newPage();
    await page.setJavaScriptEnabled(false);
    const plots = () =>
      page.$$eval('.experiment-card .plot svg', (all) =>
        all.map((plot) => plot.querySelectorAll('path[fill=none]').length),
      );
    await page.goto(`${site.address}${prefix}guide/comparison.html`);
    expect(await page.$$eval('.comparison-row', (rows) => rows.length)).toBe(6);
    const lines = await plots();
    expect(lines).toHaveLength(COMPARISON_NAMES.length);
    expect(Math.min(...lines)).toBeGreaterThanOrEqual(2);
    await page.goto(`${site.address}${prefix}guide/beyond.html`);
    expect(await plots()).toHaveLength(BEYOND_NAMES.length);
    await page.close();
  },
);

test('a trap answers its slider', async () => {
  const { page } = await site.open('guide/traps.html');
  await showAllWidgets(page);
  await page.focus('[data-trap=momentum] input');
  await page.keyboard.press('ArrowRight');
  // Ten batches of mean 1 from 0, momentum 0.5 both ways: 1 - 0.5^10.
  for (const row of ['pytorch', 'keras']) {
    expect(Number(await textOf(page, `[data-trap=momentum] [data-row=${row}]`))).toBeCloseTo(
      1 - 0.5 ** 10,
      4,
    );
  }
  site.leave(page);
});
