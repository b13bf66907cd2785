import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCase, BenchCaseReport } from '@normlayers/benchmark';
import { driverOf, type PageServer, servePage } from '@normlayers/browsers';
import { browserToTest, sharedChromium } from '@normlayers/testing/browser';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserBench } from '../src/browsers/bench-in-browser';

const chromium = browserToTest('chromium');

/** A page that speaks the protocol, and in which adapters do what their names say: in the second case, in `device`. */
const PAGE = `<!doctype html><script type="module">
  const run = new URLSearchParams(location.search).get('run');
  const order = () => fetch('/orders/' + run);
  const { adapters, cases, residencies, done } = await (await order()).json();
  const send = (...messages) =>
    fetch('/messages/' + run, { method: 'POST', body: JSON.stringify(messages) });
  const turn = (contender, what) => send({ kind: 'turn', turn: { contender, what } });
  await send({ kind: 'environment', environment: { crossOriginIsolated } });
  for (const adapter of adapters) {
    await turn(adapter, 'loading');
    if (adapter === 'never loads') for (;;);
    if (adapter === 'absent') await send({ kind: 'unavailable', adapter, reason: 'no such device', expected: true });
  }
  for (const [i, benchCase] of cases.entries()) for (const [r, residency] of residencies.entries()) {
    const at = i * residencies.length + r;
    if (at < done) continue;
    const evil = i === 1 && residency === 'device';
    await send({ kind: 'stage', text: 'reference' });
    if (evil && adapters.includes('nobody')) { await send({ kind: 'fault', reason: 'out of memory' }); await new Promise(() => {}); }
    for (const adapter of adapters) {
      await turn(adapter, 'checking');
      if (evil && adapter === 'hangs') for (;;);
      if (evil && adapter === 'waits') await new Promise(() => {});
      if (evil && adapter === 'crashes') { await send({ kind: 'stage', text: 'crash now' }); await new Promise(() => {}); }
    }
    for (const adapter of adapters) {
      await turn(adapter, 'timing');
      if (evil && adapter === 'tires') for (;;);
    }
    const results = adapters.map((adapter) => ({ adapter, medianMs: 1, kind: 'ours', grade: 'accurate', digits: 7 }));
    await send({ kind: 'timed', report: { ...benchCase, residency, results, skipped: [] } });
  }
  await send({ kind: 'done' });
  if ((await order()).status === 204) await send({ kind: 'finished' });
</script>`;

const CASES = [2, 3, 4].map(
  (features): BenchCase => ({
    op: 'layerNorm',
    mode: 'inference',
    dtype: 'float32',
    shape: [1, features],
  }),
);

describe.skipIf(chromium === undefined)(
  'an adapter that ends the page is named, and left out of the rest',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'normlayers-bench-page-'));
    let browser: Browser;
    let server: PageServer;

    beforeAll(async () => {
      writeFileSync(join(folder, 'index.html'), PAGE);
      server = await servePage({ pageFolder: folder });
      browser = await sharedChromium(chromium as string);
      // A browser's first page takes its time.
      await run(['good']);
    });

    afterAll(async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    });

    /** A page that is silent by construction needs no patience; any other may wait for a busy machine. */
    async function run(
      adapters: readonly string[],
      { address = `http://127.0.0.1:${server.port}/`, patience = 60 } = {},
    ) {
      const first = new Set(await browser.pages());
      const bench = new BrowserBench({
        adapters,
        cases: CASES,
        residencies: ['device', 'host'],
        async onStage(text) {
          if (text !== 'crash now') return;
          const page = (await browser.pages()).find((each) => !first.has(each));
          await page?.goto('chrome://crash').catch(() => {});
        },
        onReport() {},
      });
      const driver = driverOf(browser, await browser.version());
      await bench.run({ driver, server, address, patience, signal: new AbortController().signal });
      return bench;
    }

    const timed = ({ results }: BenchCaseReport) => results.map(({ adapter }) => adapter);

    test('by hanging, waiting for ever or crashing, while it is checked or timed', async () => {
      const evils = [
        ['hangs', 'page reported nothing for 1 s while it was checked'],
        ['waits', 'page reported nothing for 1 s while it was checked'],
        ['crashes', "the page's process crashed while it was checked"],
        ['tires', 'page reported nothing for 1 s while it was timed'],
      ] as const;
      const names = evils.map(([name]) => name);
      const { report, environment } = await run(['good', ...names, 'better'], { patience: 1 });
      expect(environment).toEqual({ crossOriginIsolated: true });
      expect(report.cases.map(({ shape, residency }) => `${shape} ${residency}`)).toEqual(
        CASES.flatMap(({ shape }) => [`${shape} device`, `${shape} host`]),
      );
      for (const [i, table] of report.cases.entries()) {
        expect(timed(table)).toEqual(i < 2 ? ['good', ...names, 'better'] : ['good', 'better']);
        expect(table.skipped).toEqual(i < 2 ? [] : evils.map(([adapter, reason]) => ({ adapter, reason })));
      }
      expect(report.unavailable).toEqual([]);
    });

    test('one that never loads is not available, as is one that says so; each is told once', async () => {
      const { report } = await run(['absent', 'never loads', 'good'], { patience: 1 });
      expect(report.unavailable).toEqual([
        { adapter: 'absent', reason: 'no such device' },
        { adapter: 'never loads', reason: 'page reported nothing for 1 s while it was loading' },
      ]);
      expect(report.cases.map(timed)).toEqual(Array(6).fill(['good']));
    });

    test("what is no adapter's fault costs its case", async () => {
      const { report } = await run(['nobody', 'good']);
      expect(report.cases.map(({ results }) => results.length)).toEqual([2, 2, 0, 2, 2, 2]);
      expect(report.cases[2]?.skipped).toEqual(
        ['nobody', 'good'].map((adapter) => ({ adapter, reason: 'out of memory' })),
      );
    });

    test('a page that does not open ends the run with a sentence', async () => {
      await expect(run(['good'], { address: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
        exitCode: 3,
        message: expect.stringMatching(/^the page did not open: net::ERR_/),
      });
    });
  },
);
