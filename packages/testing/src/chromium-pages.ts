import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driverOf, servePage } from '@normlayers/browsers';
import { build } from 'esbuild';
import { sharedChromium } from './shared-chromium';

export interface ChromiumPages {
  /** Runs one of the functions that a page's script answers to, in a page of its own, and gives its result. */
  run<Result>(name: string, ...given: unknown[]): Promise<Result>;
  close(): Promise<void>;
}

/** What a page is opened for. */
export interface PageOrder {
  readonly name: string;
  readonly given: readonly unknown[];
}

/** What a page sends when its function is done. */
export type PageAnswer = { readonly result: unknown } | { readonly error: string };

/**
 * Pages of the process's Chromium that load `script`, cross-origin isolated, and with the frameworks beside it.
 *
 * @param path Chromium's program, as `browserToTest` finds it.
 * @param script a TypeScript file that calls `answer` (see page-answer.ts); it is bundled here.
 * @param alias where packages lie that a dependency imports and does not have.
 */
export async function chromiumPages(
  path: string,
  script: URL,
  alias: Readonly<Record<string, string>> = {},
): Promise<ChromiumPages> {
  const pageFolder = mkdtempSync(join(tmpdir(), 'normlayers-pages-'));
  await build({
    entryPoints: [fileURLToPath(script)],
    outfile: join(pageFolder, 'page.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    // The frameworks are served as they are installed.
    external: ['/frameworks/*'],
    alias,
    logLevel: 'error',
  });
  writeFileSync(
    join(pageFolder, 'index.html'),
    '<!doctype html><script type="module" src="/page.js"></script>',
  );
  const server = await servePage({ pageFolder });
  const browser = await sharedChromium(path);
  const driver = driverOf(browser, await browser.version());
  return {
    async run<Result>(name: string, ...given: unknown[]) {
      const run = randomUUID();
      const order: PageOrder = { name, given };
      let stop = () => {};
      const answered = new Promise<PageAnswer>((resolve, reject) => {
        const ended = (what: string) => reject(new Error(`${what} during ${name}`));
        stop = server.subscribe(
          run,
          ([message]) => resolve(message),
          () => order,
        );
        const events = {
          crashed: () => ended('the page crashed'),
          closed: () => ended('the page was closed'),
          failed: (reason: string) => ended(`the page did not load (${reason})`),
        };
        void driver.ended.then(() => ended('the browser ended'));
        driver.open(`http://127.0.0.1:${server.port}/?run=${run}`, events).then(async (page) => {
          await answered.catch(() => undefined);
          await page.close();
        }, reject);
      });
      const answer = await answered.finally(stop);
      if ('error' in answer) throw new Error(answer.error);
      return answer.result as Result;
    },
    async close() {
      await server.close();
      rmSync(pageFolder, { recursive: true });
    },
  };
}
