import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { findBrowser, lacksGpu, startChromium } from '@normlayers/browsers';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, HTTPRequest, Page } from 'puppeteer-core';
// @ts-expect-error a plain script, run by Node as it is
import { serve as serveUntyped } from '../serve.mjs';

const serve = serveUntyped as (options?: { port?: number; isolated?: boolean; base?: string }) => Promise<{
  server: Server;
  address: string;
}>;

/** The built site in a browser. */
export interface Site {
  readonly browser: Browser;
  readonly address: string;
  /** Opens a page; what it complains of is gathered in `complaints`. */
  open(path: string, look?: Look): Promise<Opened>;
  /** Gives a page's tab to the next that is opened: a tab of its own takes a second of CPU. */
  leave(page: Page): void;
  close(): Promise<void>;
}

export interface Look {
  readonly width?: number;
  readonly dark?: boolean;
}

export interface Opened {
  readonly page: Page;
  /** Console errors, uncaught errors, failed requests and answers of 400 and above. */
  readonly complaints: readonly string[];
}

const WATCHED = ['console', 'pageerror', 'request', 'requestfailed', 'response'] as const;

/** One for all files of a process, whose end ends it: to start a browser takes 4 s of CPU. */
let started: Promise<Browser> | undefined;

/** The built site, at an address of its own. */
export async function openSite(options: { isolated?: boolean } = {}): Promise<Site> {
  const { server, address } = await serve(options);
  started ??= startChromium({ path: findBrowser('chromium'), headed: false, software: lacksGpu() });
  const browser = await started;
  const opened = new Set<Page>();
  const left: Page[] = [];
  const newTab = async () => {
    const page = await browser.newPage();
    opened.add(page);
    await page.evaluateOnNewDocument(watchPaint);
    return page;
  };
  return {
    browser,
    address,
    async open(path, look = {}) {
      const page = left.pop() ?? (await newTab());
      for (const event of WATCHED) page.removeAllListeners(event);
      const complaints: string[] = [];
      // What a tab's page before this one has asked for fails where it is not there yet.
      const asked = new Set<HTTPRequest>();
      page.on('request', (request) => asked.add(request));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text().slice(0, 300)}`);
      });
      page.on('pageerror', (error) => complaints.push(`error: ${String(error)}`));
      page.on('requestfailed', (request) => {
        if (asked.has(request)) complaints.push(`failed: ${request.url()}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
      });
      await dress(page, look);
      await page.goto(address + path, { waitUntil: 'load' });
      return { page, complaints };
    },
    leave: (page) => void left.push(page),
    async close() {
      await Promise.all([...opened].filter((page) => !page.isClosed()).map((page) => page.close()));
      server.close();
    },
  };
}

/** Before a page is opened: gathers its largest paints and what moved without the reader's doing. */
function watchPaint(): void {
  const seen = { largestPaint: 0, shifts: [] as Shift[] };
  Object.assign(window, { seen });
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) seen.largestPaint = startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as ShiftEntry[]) {
      if (entry.hadRecentInput) continue;
      const moved = entry.sources.map(({ node }) => {
        const element = node instanceof Element ? node : node?.parentElement;
        return element?.outerHTML.slice(0, 120) ?? '';
      });
      seen.shifts.push({ share: entry.value, moved });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

interface ShiftEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly { readonly node?: Node }[];
}

/** One shift of the layout. */
export interface Shift {
  /** Of the view that moved, times how far (web.dev/cls). */
  readonly share: number;
  /** The tags that moved. */
  readonly moved: readonly string[];
}

/** What has been painted, and what has moved, since the page was opened. */
export function paintOf(page: Page): Promise<{ largestPaint: number; shifts: Shift[] }> {
  return page.evaluate(() => (window as unknown as { seen: { largestPaint: number; shifts: Shift[] } }).seen);
}

/** Gives a page its width and its colours, before it is opened. */
async function dress(page: Page, { width = 1280, dark = false }: Look): Promise<void> {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

/** Gives an open page another width and other colours. */
export async function redress(page: Page, look: Required<Look>): Promise<void> {
  await dress(page, look);
  await page.waitForFunction(
    ({ width, dark }) => innerWidth === width && document.documentElement.classList.contains('dark') === dark,
    {},
    look,
  );
}

/** Scrolls to every widget and back, so that each has been in view and is there. */
export async function showAllWidgets(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const waiting = document.querySelector('.widget-waiting');
      waiting?.scrollIntoView();
      return waiting === null;
    },
    { timeout: 20_000, polling: 20 },
  );
  await page.evaluate(() => scrollTo(0, 0));
}

/** The text of the first element that a selector names. */
export function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => element.textContent ?? '');
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const GRAVE = ['serious', 'critical'];

/** What axe-core finds serious or critical on the page as it is now. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((grave) => {
    const { axe } = window as unknown as { axe: Axe };
    // Rules that find nothing of these impacts take a third of the time; axe-core tells rules' impacts here alone.
    const others = axe._audit?.rules.filter(({ impact }) => !grave.includes(impact)) ?? [];
    const rules = Object.fromEntries(others.map(({ id }) => [id, { enabled: false }]));
    // Details of violations only: twice as fast on a long page.
    return axe.run({ resultTypes: ['violations'], rules });
  }, GRAVE);
  return violations
    .filter(({ impact }) => GRAVE.includes(impact ?? 'none'))
    .map(({ id, nodes }) => {
      const places = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160));
      return `${id}: ${places.join(' | ')}`;
    });
}

interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
  readonly _audit?: { readonly rules: readonly { readonly id: string; readonly impact: string }[] };
}
