import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lacksGpu, launchBrowser } from '../src/browser/launch-browser';
import { servePage } from '../src/browser/page-server';
import type { FindingsMessage } from './page/report-findings';

/** What `page/<entry>.ts` finds out in a Chromium of its own, on a page that is cross-origin isolated. */
export async function pageFindings<T>(
  chromium: string,
  entry: string,
  query: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `normlayers-${entry}-`));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.js"></script>');
  await build({
    entryPoints: [fileURLToPath(new URL(`page/${entry}.ts`, import.meta.url))],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
  });
  const server = await servePage({ vectors: [], pageFolder: folder });
  const browser = await launchBrowser({
    runtime: 'chromium',
    path: chromium,
    headed: false,
    software: lacksGpu(),
  });
  try {
    return await new Promise<T>((resolve, reject) => {
      server.hear(entry, ([message]) => {
        const { findings, reason } = message as unknown as FindingsMessage<T>;
        if (reason === undefined) resolve(findings as T);
        else reject(new Error(reason));
      });
      const gone = () => reject(new Error('the page is gone'));
      const address = `http://127.0.0.1:${server.port}/?${new URLSearchParams({ run: entry, ...query })}`;
      const failed = (why: string) => reject(new Error(why));
      void browser.open(address, { crashed: gone, closed: gone, failed }).catch(reject);
    });
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
