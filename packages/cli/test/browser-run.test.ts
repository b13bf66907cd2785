import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserDriver, driverOf, type PageServer, servePage } from '@normlayers/browsers';
import { type AdapterReport, type ConformanceCase, generatedCases } from '@normlayers/conformance';
import { browserToTest, sharedChromium } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SuiteRun } from '../src/browsers/suite-run';

const chromium = browserToTest('chromium');

/** A page that speaks the protocol and then does what its adapter's name says. */
const PAGE = `<!doctype html><script type="module">
  const run = new URLSearchParams(location.search).get('run');
  const send = (...messages) =>
    fetch('/messages/' + run, { method: 'POST', body: JSON.stringify(messages) });
  const report = (name) => ({
    name, op: 'rmsNorm', mode: 'inference', dtype: 'float32', grade: 'accurate',
    digits: 7, heldDigits: 7, budgetUsed: 0, strict: true, ulp: 0, maxAbsError: 0,
  });
  const cases = (...names) => ({ kind: 'cases', total: 3, reports: names.map(report) });
  const thrown = { kind: 'cases', total: 3, reports: [{ ...report('three'), grade: 'wrong', message: 'threw it', faults: [{ kind: 'threw', error: 'it' }] }] };
  const done = { kind: 'done' };
  const page = Math.random();
  await send({ kind: 'environment', environment: { page } });
  for (;;) {
    const response = await fetch('/orders/' + run);
    if (response.status === 204) { await send({ kind: 'finished' }); break; }
    const { adapters: [adapter] } = await response.json();
    await send({ kind: 'turn', turn: { contender: adapter, what: 'loading' } });
    await send({ kind: 'inspected', text: adapter + ' in ' + page });
    switch (adapter) {
      case 'hangs': await send(cases('one')); for (;;);
      case 'waits': await send(cases('one', 'two')); await new Promise(() => {});
      case 'faulty': await send(cases('one'), { kind: 'fault', reason: 'the device was lost' }); await new Promise(() => {});
      case 'absent': await send({ kind: 'unavailable', adapter, reason: 'no such device', expected: true }, done); break;
      case 'unloaded': await send({ kind: 'unavailable', adapter, reason: 'no such file', expected: false }, done); break;
      case 'closes': await send(cases('one')); await new Promise(() => {});
      case 'throws': await send(cases('one', 'two'), thrown, done); break;
      default: await send(cases('one', 'two', 'three'), done);
    }
  }
</script>`;

const CASES = ['one', 'two', 'three'].map((name) => ({ ...generatedCases()[0], name }) as ConformanceCase);

describe.skipIf(chromium === undefined)('a page that goes wrong costs its own remaining cases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-page-'));
  let browser: Browser;
  let driver: BrowserDriver;
  let server: PageServer;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.html'), PAGE);
    server = await servePage({ pageFolder: folder });
    browser = await sharedChromium(chromium as string);
    driver = driverOf(browser, await browser.version());
    // A browser's first page takes its time.
    await run([driver], 'good');
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const stop = { controller: new AbortController() };
  const patience = { seconds: 60 };
  /** Hears the run's progress. */
  const heard = { by: (_: string) => {} };
  afterEach(() => {
    stop.controller = new AbortController();
    heard.by = () => {};
    patience.seconds = 60;
  });

  /** Does something once, as soon as progress tells this. */
  const when = (sentence: string, act: () => unknown) => {
    heard.by = (text) => {
      if (text !== sentence) return;
      heard.by = () => {};
      act();
    };
  };

  const run = async (drivers: readonly BrowserDriver[], ...adapters: string[]) => {
    const suite = new SuiteRun({
      adapters: adapters.map((name) => ({ name, kind: 'ours' as const, ownPage: name === 'selfish' })),
      first: [],
      cases: CASES,
      selection: { ops: ['rmsNorm'], modes: [], dtypes: [], names: [] },
      vectors: false,
      progress: { show: (text) => heard.by(text), stop() {} },
    });
    await suite.run({
      drivers,
      server,
      address: `http://127.0.0.1:${server.port}/`,
      patience: patience.seconds,
      signal: stop.controller.signal,
    });
    return suite;
  };

  const outcomes = ({ cases }: AdapterReport) =>
    cases.map(({ name, message }) => [name, message ?? 'passed']);

  test('pages that hang, wait for ever or lose their device: the next adapter runs', async () => {
    patience.seconds = 1;
    const evils = [
      ['hangs', 1, 'errored: page reported nothing for 1 s'],
      ['waits', 2, 'errored: page reported nothing for 1 s'],
      ['faulty', 1, 'errored: the device was lost'],
    ] as const;
    const names = evils.map(([name]) => name);
    const { reports, unloaded } = await run([driver], ...names, 'good');
    expect(reports.map((report) => report.name)).toEqual([...names, 'good']);
    for (const [i, [, done, message]] of evils.entries()) {
      const report = reports[i] as AdapterReport;
      expect(outcomes(report)).toEqual(
        ['one', 'two', 'three'].map((testCase, at) => [testCase, at < done ? 'passed' : message]),
      );
      expect(report.totals).toMatchObject({ accurate: done, wrong: 3 - done, unsupported: 0 });
    }
    expect(reports[3].totals).toMatchObject({ accurate: 3, wrong: 0, unsupported: 0 });
    expect(unloaded).toEqual([]);
  });

  test('adapters share a page, but for one that needs its own, and after one in which a call threw', async () => {
    const { inspected, reports } = await run([driver], 'good', 'better', 'selfish', 'throws', 'best', 'last');
    expect(reports.map(({ totals }) => totals.accurate)).toEqual([3, 3, 3, 2, 3, 3]);
    const pages = inspected.map((text) => text.split(' in ')[1]);
    const [good, better, selfish, throws, best, last] = pages;
    expect([better, last]).toEqual([good, best]);
    expect(new Set([good, selfish, throws, best]).size).toBe(4);
  });

  test('what this browser lacks is unavailable; what should have loaded is told apart', async () => {
    const { reports, unloaded } = await run([driver], 'absent', 'unloaded', 'good');
    expect(reports.map(({ available, reason }) => reason ?? available)).toEqual([
      'no such device',
      'no such file',
      true,
    ]);
    expect(unloaded).toEqual(['unloaded']);
  });

  describe('in a browser whose pages others have their hands on', () => {
    let first: Set<Page>;
    beforeEach(async () => {
      first = new Set(await browser.pages());
    });

    /** The page that the run has opened. */
    const opened = async () => (await browser.pages()).find((page) => !first.has(page));

    const sentence = (done: number) => ({
      name: 'CommandError',
      exitCode: 3,
      message: `the page was closed in mid-run, after ${done} of 3 cases of closes.`,
    });

    test('closed in mid-run: it ends with a sentence', async () => {
      when('closes: 1 of 3 cases', async () => (await opened())?.close());
      const running = run([driverOf(browser, await browser.version())], 'closes', 'good');
      await expect(running).rejects.toMatchObject(sentence(1));
    });

    test('closed as soon as it is there: it ends with a sentence', async () => {
      browser.once('targetcreated', async (target) => (await target.page())?.close());
      const running = run([driverOf(browser, await browser.version())], 'closes', 'good');
      await expect(running).rejects.toMatchObject(sentence(0));
    });

    test.runIf(FULL)(
      'closed, and the browser says so only when it is asked: it ends with a sentence',
      async () => {
        const told = driverOf(browser, await browser.version());
        const deaf: BrowserDriver = {
          ...told,
          open: (address, events) => told.open(address, { ...events, closed() {} }),
        };
        await run([deaf], 'good');
        when('closes: 1 of 3 cases', async () => (await opened())?.close());
        patience.seconds = 1;
        await expect(run([deaf], 'closes', 'good')).rejects.toMatchObject(sentence(1));
      },
    );

    test("a crash of the page's process: the next adapter runs", async () => {
      when('waits: 2 of 3 cases', async () => (await opened())?.goto('chrome://crash').catch(() => {}));
      const { reports } = await run([driverOf(browser, await browser.version())], 'waits', 'good');
      expect(outcomes(reports[0])[2]).toEqual(['three', "errored: the page's process crashed"]);
      expect(reports[1].totals.accurate).toBe(3);
    });
  });

  /** A driver whose first pages lead nowhere. */
  const astray = (pages: number): BrowserDriver => {
    let opened = 0;
    return {
      ...driver,
      open: (address, events) => driver.open(opened++ < pages ? 'http://127.0.0.1:1/' : address, events),
    };
  };

  // What does not open then either is opened once more, too.
  test.runIf(FULL)('a page that does not open is opened once more', async () => {
    const { reports } = await run([astray(1)], 'good');
    expect(reports.map(({ totals }) => totals.accurate)).toEqual([3]);
  });

  test('a page that does not open then either: the next adapter runs', async () => {
    const { reports } = await run([astray(2)], 'waits', 'good');
    expect(outcomes(reports[0])[0]).toEqual([
      'one',
      expect.stringMatching(/^errored: the page did not open: net::ERR_/),
    ]);
    expect(reports[1].totals.accurate).toBe(3);
  });

  test('a browser that ends is replaced once; where the second ends too, so does the run, with a sentence', async () => {
    const mortal = () => {
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      return { driver: { ...driver, ended }, end: () => end() };
    };
    const [first, second] = [mortal(), mortal()];
    const suite = new SuiteRun({
      adapters: ['good', 'waits', 'better'].map((name) => ({ name, kind: 'ours' as const, ownPage: false })),
      first: [],
      cases: CASES,
      selection: { ops: ['rmsNorm'], modes: [], dtypes: [], names: [] },
      vectors: false,
      progress: { show: (text) => heard.by(text), stop() {} },
    });
    const asked: BrowserDriver[] = [];
    when('waits: 2 of 3 cases', () => {
      when('waits: 2 of 3 cases', second.end);
      first.end();
    });
    const running = suite.run({
      drivers: [first.driver],
      another: async (lost) => {
        asked.push(lost);
        return second.driver;
      },
      server,
      address: `http://127.0.0.1:${server.port}/`,
      patience: 60,
      signal: stop.controller.signal,
    });
    const sentence = 'the browser ended in mid-run, after 2 of 3 cases of waits';
    await expect(running).rejects.toMatchObject({ exitCode: 3, message: `${sentence}.` });
    expect(asked).toEqual([first.driver]);
    expect(suite.lost).toEqual([`${sentence}.`]);
    // What was done before is there; what the second browser cost is charged to whoever it was computing.
    expect(suite.reports.map(({ name, totals }) => [name, totals.accurate])).toEqual([
      ['good', 3],
      ['waits', 2],
    ]);
    expect(outcomes(suite.reports[1] as AdapterReport)[2]).toEqual(['three', `errored: ${sentence}`]);
  });

  test('an abort ends the run with its reason', async () => {
    when('waits: 2 of 3 cases', () => stop.controller.abort(new Error('enough')));
    await expect(run([driver], 'waits')).rejects.toThrow('enough');
  });

  test('messages of a run that is over, or was never asked for, are refused, and there is no order for it', async () => {
    const at = (path: string) => `http://127.0.0.1:${server.port}/${path}`;
    expect((await fetch(at('messages/none'), { method: 'POST', body: '[]' })).status).toBe(410);
    expect((await fetch(at('orders/none'))).status).toBe(410);
  });
});
