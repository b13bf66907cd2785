// pnpm run look [PAGE]...: pictures of the built site's pages, wide and narrow, light and dark, in reports/look.
import { mkdirSync } from 'node:fs';
import { PAGES } from './page-list';
import { openSite, redress, showAllWidgets } from './site';

const asked = process.argv.slice(2);
mkdirSync('reports/look', { recursive: true });
const site = await openSite();
for (const path of PAGES.filter((page) => asked.length === 0 || asked.includes(page))) {
  const { page } = await site.open(path, { width: 1280, dark: false });
  await showAllWidgets(page);
  for (const width of [1280, 390]) {
    for (const dark of [false, true]) {
      await redress(page, { width, dark });
      const name = path.replace(/\.html$/, '').replaceAll('/', '-') || 'home';
      const file = `reports/look/${name}-${width}-${dark ? 'dark' : 'light'}.png` as const;
      await page.screenshot({ path: file, fullPage: true });
    }
  }
  await page.close();
}
await site.close();
await site.browser.close();
