import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceJson, runConformance } from '@normlayers/conformance';
import { referenceAdapter } from '@normlayers/core';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, seriousViolations, showAllWidgets, textOf } from './site';

const FULL = process.env.NORMLAYERS_FULL === '1';

let site: Site;
const folder = mkdtempSync(join(tmpdir(), 'conformance-page-'));
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

const run = '[data-test=run]:not(:disabled)';

async function open(query: string, prefix = '') {
  const opened = await site.open(`${prefix}conformance.html?${query}`);
  await showAllWidgets(opened.page);
  await opened.page.waitForSelector(run);
  return opened;
}

/** How many cases of an adapter are in each state, as the last row of the matrix says. */
async function totals(page: Page, adapter: string): Promise<Record<string, number>> {
  return page.$$eval(`[data-total="${adapter}"] [data-state]`, (spans) =>
    Object.fromEntries(
      spans.map((span) => [span.getAttribute('data-state'), Number(span.textContent?.match(/\d+/)?.[0])]),
    ),
  );
}

const done = (page: Page) => page.waitForSelector('[data-phase=done]', { timeout: 50_000 });

test('three adapters: the matrix, results while the others are still to come, the page free meanwhile', async () => {
  const names = ['reference', 'tfjs/cpu', 'onnxruntime-web/wasm'];
  const { page, complaints } = await open(`adapters=${names.join(',')}&op=rmsNorm`);
  await page.evaluate(() => {
    const seen = { turns: 0, counts: new Set<string>() };
    setInterval(() => {
      const status = document.querySelector('[data-phase=running]');
      if (status === null) return;
      seen.turns += 1;
      seen.counts.add(status.textContent ?? '');
    }, 10);
    Object.assign(window, { seen });
  });
  await page.click(run);
  await page.waitForSelector('[data-state=accurate]', { timeout: 10_000 });
  await done(page);
  // Counted, not timed: a page that computed would have no turn until it is done, and no count but the first and the last.
  const { turns, counts } = await page.evaluate(() => {
    const { seen } = window as unknown as { seen: { turns: number; counts: Set<string> } };
    return { turns: seen.turns, counts: seen.counts.size };
  });
  expect(turns).toBeGreaterThan(20);
  expect(counts).toBeGreaterThan(5);

  const inNode = await runConformance(referenceAdapter(), { op: 'rmsNorm' });
  const reference = await totals(page, 'reference');
  expect(reference).toEqual({ accurate: inNode.totals.accurate });
  for (const name of ['tfjs/cpu', 'onnxruntime-web/wasm']) {
    const counts = await totals(page, name);
    for (const state of ['ordinary', 'imprecise', 'wrong', 'errored'])
      expect(counts[state] ?? 0, name).toBe(0);
    expect((counts.accurate ?? 0) + (counts.unsupported ?? 0), name).toBe(reference.accurate);
  }
  expect(complaints).toEqual([]);
  site.leave(page);
}, 120_000);

test('a native WebGPU adapter by the address of a case: what it got, its heat map and code', async () => {
  const name = 'native:onnxruntime-web/webgpu:native';
  const query = new URLSearchParams({ adapters: name, case: 'layerNorm inference float32 offset 10000' });
  const { page, complaints } = await site.open(`conformance.html?${query}`);
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=detail] canvas', { timeout: 50_000 });
  const detail = await textOf(page, '[data-test=detail]');
  expect(detail).toContain("strategy: 'native'");
  expect(detail).toContain('✗');
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  site.leave(page);
}, 120_000);

// Each case is a graph that a software GPU compiles.
test.runIf(FULL)(
  'a native WebGPU adapter: a failing cell, a failing case of it, its issue upstream, its heat map and code',
  async () => {
    const name = 'native:onnxruntime-web/webgpu:native';
    const { page, complaints } = await open(`adapters=${name}&op=layerNorm`);
    await page.click(run);
    await done(page);
    const native = await totals(page, name);
    expect(native.wrong).toBeGreaterThan(0);
    await page.click('[data-cell="native:onnxruntime-web/webgpu:native layerNorm inference"]');
    await page.waitForSelector('.cases [data-state=wrong]');
    const links = await page.$$eval('.cases [data-state=wrong] a', (all) => all.map((link) => link.href));
    expect(links.some((href) => href.includes('github.com'))).toBe(true);
    await page.click('.cases [data-state=wrong] button');
    await page.waitForSelector('[data-test=detail] canvas');
    const detail = await textOf(page, '[data-test=detail]');
    expect(detail).toContain("strategy: 'native'");
    expect(detail).toContain('✗');
    expect(await seriousViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    site.leave(page);
  },
  120_000,
);

// In the gate by its address, which runs this one case.
test('a case that fails in the other layout only is looked at in that one', async () => {
  const name = 'layerNorm inference float32 [3,4,5] axes [0,2] beta epsilon 0.00001';
  const query = new URLSearchParams({
    adapters: 'native:tfjs/cpu',
    ...(FULL ? { op: 'layerNorm' } : { case: name }),
  });
  const { page } = await open(`${query}`, 'zh/');
  if (FULL) {
    await page.click(run);
    await done(page);
    await page.click('[data-cell="native:tfjs/cpu layerNorm inference"]');
    const row = `[data-case="${name}"]`;
    expect(await textOf(page, `${row} .message`)).toMatch(/^换一种轴的顺序之后：y\[.*应为/);
    await page.click(`${row} button`);
  }
  await page.waitForSelector('[data-test=other-layout]');
  expect(await textOf(page, '[data-output=y] dl')).toContain('✗');
  site.leave(page);
});

test('pause holds the count, resume goes on, cancel ends', async () => {
  const { page } = await open('adapters=tfjs/cpu');
  await page.click(run);
  await page.waitForSelector('[data-total="tfjs/cpu"] [data-state=accurate]');
  await page.click('[data-test=pause]');
  await new Promise((resolve) => setTimeout(resolve, 400));
  const held = await totals(page, 'tfjs/cpu');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await totals(page, 'tfjs/cpu')).toEqual(held);
  expect(held.notRun).toBeGreaterThan(0);
  await page.click('[data-test=resume]');
  await page.waitForFunction(
    (before) =>
      Number(
        document
          .querySelector('[data-total="tfjs/cpu"] [data-state=accurate]')
          ?.textContent?.match(/\d+/)?.[0],
      ) > before,
    {},
    held.accurate,
  );
  await page.click('[data-test=cancel]');
  await page.waitForSelector('[data-phase=cancelled]');
  expect((await totals(page, 'tfjs/cpu')).notRun).toBeGreaterThan(0);
  site.leave(page);
});

test('JSON out and in: the same report says so, a changed one shows where', async () => {
  const { page } = await open('adapters=reference&op=rmsNorm', 'zh/');
  await page.click(run);
  await done(page);
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await page.click('[data-test=json]');
  const path = join(folder, 'conformance.json');
  await expect.poll(() => read(path)?.schema, { timeout: 5000 }).toBe(2);
  const report = read(path)!;
  expect(report.adapters[0].totals.accurate).toBe((await totals(page, 'reference')).accurate);
  expect(report.environment).toMatchObject({ runtime: 'browser', crossOriginIsolated: true });

  const file = (await page.$('[data-test=file]')) as import('puppeteer-core').ElementHandle<HTMLInputElement>;
  await file.uploadFile(path);
  await page.waitForSelector('[data-test=other]');
  expect(await textOf(page, '[data-test=other]')).toContain('结果全都一样');
  // Side by side: both machines' counts of each row.
  const cells = await page.$$eval('[data-other-row="rmsNorm inference"] td', (all) =>
    all.map((cell) => Number(cell.textContent?.match(/\d+/)?.[0])),
  );
  const inference = report.adapters[0].cases.filter(({ mode }) => mode === 'inference');
  expect(cells).toEqual([inference.length, inference.length]);

  const [adapter] = report.adapters;
  const changed = {
    ...report,
    adapters: [{ ...adapter, cases: adapter.cases.map((c, i) => (i === 0 ? { ...c, grade: 'wrong' } : c)) }],
  };
  const other = join(folder, 'other.json');
  writeFileSync(other, JSON.stringify(changed));
  await file.uploadFile(other);
  await page.waitForFunction(
    () => document.querySelectorAll('[data-test=differences] tbody tr').length === 1,
  );
  expect(await textOf(page, '[data-test=differences] tbody')).toContain(adapter.cases[0].name);

  writeFileSync(other, '{"schema": 1}');
  await file.uploadFile(other);
  await page.waitForSelector('[role=alert]');
  site.leave(page);
});

test.each(FULL ? ['', 'zh/'] : [''])(
  'the recorded matrix stands in the page, each cell an address that runs its case (%s)',
  async (prefix) => {
    const { page, complaints } = await site.open(`${prefix}conformance.html`);
    for (const name of ['node', 'chromium']) {
      expect(await textOf(page, `[data-recorded=${name}] tbody tr`)).toContain('reference');
    }
    await page.$$eval('.recorded-runtime', (all) => {
      for (const one of all) (one as HTMLDetailsElement).open = true;
    });
    const cell = '[data-recorded=node] a[href*="native%3Atfjs%2Fcpu"].state-wrong';
    const href = await page.$eval(cell, (link) => link.getAttribute('href'));
    await Promise.all([page.waitForNavigation(), page.click(cell)]);
    await showAllWidgets(page);
    await page.waitForSelector('[data-test=detail] pre', { timeout: 30_000 });
    expect(await textOf(page, '[data-test=detail] h3')).toContain(
      new URLSearchParams(href?.split('#')[0]).get('case') ?? '?',
    );
    expect(await textOf(page, '[data-test=detail]')).toContain('✗');
    expect(complaints).toEqual([]);
    site.leave(page);
  },
);

test('a report is shown whole where nothing has been run yet', async () => {
  const { page } = await open('adapters=reference');
  const { cases } = await runConformance(referenceAdapter(), { op: 'groupNorm' });
  const path = join(folder, 'elsewhere.json');
  const environment = { runtime: 'node', node: '22.1.0', cores: 8 };
  const adapters = [{ name: 'reference', available: true, totals: {}, cases }];
  writeFileSync(path, JSON.stringify({ schema: 2, environment, adapters }));
  const file = (await page.$('[data-test=file]')) as import('puppeteer-core').ElementHandle<HTMLInputElement>;
  await file.uploadFile(path);
  await page.waitForSelector('[data-other-row="groupNorm backward"]');
  expect(await textOf(page, '[data-test=other]')).toContain('Node 22.1.0 · 8 CPU threads');
  expect(await seriousViolations(page)).toEqual([]);
  site.leave(page);
});

test('the link holds the selection', async () => {
  const { page } = await open('adapters=wasm,tfjs/cpu&op=layerNorm,rmsNorm');
  const checked = await page.$$eval('.conformance input:checked', (all) =>
    all.map((input) => (input as HTMLInputElement).value),
  );
  expect(checked).toEqual(['wasm', 'tfjs/cpu', 'layerNorm', 'rmsNorm']);
  await page.click('.conformance input[value="tfjs/cpu"]');
  expect(new URL(page.url()).searchParams.get('adapters')).toBe('wasm');
  site.leave(page);
});

function read(path: string): ConformanceJson | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ConformanceJson;
  } catch {
    return null;
  }
}
