import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { LinkChecker } from 'linkinator';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAGES, REFERENCE } from './page-list';
import { openSite, paintOf, redress, type Shift, type Site, seriousViolations, showAllWidgets } from './site';

const FULL = process.env.NORMLAYERS_FULL === '1';
const root = fileURLToPath(new URL('..', import.meta.url));

const LOOKS = [
  { width: 1280, dark: false },
  { width: 390, dark: true },
] as const;

/**
 * The English pages are opened wide and light, the Chinese ones narrow and dark: twins have the same widgets and much the same
 * words. In the full run each is then turned into the other.
 */
function looksOf(path: string): readonly (typeof LOOKS)[number][] {
  const looks = path.startsWith('zh/') ? LOOKS.toReversed() : LOOKS;
  return FULL ? looks : looks.slice(0, 1);
}

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const tooWide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** Of twins, whose markup is the same, axe takes most of the time: in the gate it looks at one, in turns at a light and a dark one. */
function isLookedAtByAxe(path: string): boolean {
  const place = PAGES.indexOf(path);
  return FULL || place % 4 === 0 || place % 4 === 3;
}

/** Shifts of the layout that a reader would see: what is less is a letter's breadth. */
const moved = ({ shifts }: { shifts: Shift[] }) => shifts.filter(({ share }) => share > 0.005);

test.each(PAGES)('page "%s" is clean', async (path) => {
  const looks = looksOf(path);
  const { page, complaints } = await site.open(path, looks[0]);
  await showAllWidgets(page);
  expect(moved(await paintOf(page))).toEqual([]);
  for (const [i, look] of looks.entries()) {
    if (i > 0) await redress(page, look);
    expect(await tooWide(page), `${look.width} px`).toBeLessThanOrEqual(0);
    if (isLookedAtByAxe(path)) expect(await seriousViolations(page), `${look.width} px`).toEqual([]);
  }
  expect(complaints).toEqual([]);
  site.leave(page);
});

/** All are of one make, by one program: in the gate the index, a short page and, narrow, a middling one. */
const SAMPLE = ['reference/', 'reference/core/weights.html', 'zh/reference/wasm.html'];

// The same prose in both languages: each look in one of them.
test.each(FULL ? REFERENCE : SAMPLE)('generated page "%s" is clean', async (path) => {
  const [look] = looksOf(path);
  const { page, complaints } = await site.open(path, look);
  await page.waitForSelector('.vp-doc h1');
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('the pages above are all the pages there are', () => {
  const built = readdirSync(`${root}/.vitepress/dist`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .map((path) => path.replaceAll('\\', '/').replace(/index\.html$/, ''))
    .filter((path) => path !== '404.html');
  expect(built.sort()).toEqual([...PAGES, ...REFERENCE].sort());
});

test.each(FULL ? ['', 'guide/', 'zh/', 'zh/guide/'] : ['', 'zh/guide/'])(
  'the first load of "%s" is under 250 kB of script',
  async (path) => {
    const page = await site.browser.newPage();
    const scripts: Promise<number>[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.js'))
        scripts.push(response.buffer().then((body) => gzipSync(body).length));
    });
    await page.goto(site.address + path, { waitUntil: 'networkidle0' });
    const bytes = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
    console.log(`first load of "${path}": ${(bytes / 1000).toFixed(1)} kB of script, gzipped`);
    expect(bytes).toBeLessThan(250_000);
    await page.close();
  },
);

test('no link of the site leads nowhere, fragments included', async () => {
  const checker = new LinkChecker();
  const { links } = await checker.check({
    path: site.address,
    recurse: true,
    checkFragments: true,
    concurrency: 8,
    // A link with a query is the same page, told to run something.
    linksToSkip: async (link) => !link.startsWith(site.address) || link.includes('?'),
  });
  expect(links.filter(({ state }) => state === 'OK').length).toBeGreaterThan(40);
  expect(
    links.filter(({ state }) => state === 'BROKEN').map(({ url, parent }) => `${parent} → ${url}`),
  ).toEqual([]);
}, 120_000);

test('where a host sets no headers, the service worker isolates the page from the second load on', async () => {
  const plain = await openSite({ isolated: false });
  const { page } = await plain.open('');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await expect
    .poll(async () => {
      await page.reload({ waitUntil: 'load' });
      return page.evaluate(() => crossOriginIsolated);
    })
    .toBe(true);
  await plain.close();
});
