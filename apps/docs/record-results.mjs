// Records what the conformance page shows of the last release: node record-results.mjs [chromium|node]...
// Needs the built packages and the built site. Runs the command in Node and the page in Chromium, on every adapter there is.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { serve } from './serve.mjs';

const FLAGS =
  '--no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader';
/** In ms; RECORD_SECONDS says otherwise. Backends in software take their time. */
const MOST_TIME = Number(process.env.RECORD_SECONDS ?? 1200) * 1000;
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['node', 'chromium'];
const folder = fileURLToPath(new URL('public/recorded', import.meta.url));
mkdirSync(folder, { recursive: true });

if (wanted.includes('node')) record('node', inNode());
if (wanted.includes('chromium')) record('chromium', await inChromium());

function inNode() {
  const place = mkdtempSync(join(tmpdir(), 'recorded-'));
  const file = join(place, 'report.json');
  const command = fileURLToPath(new URL('../../packages/cli/dist/normlayers.js', import.meta.url));
  execFileSync(process.execPath, [command, 'conformance', '--quiet', '--json', file], { stdio: 'inherit' });
  const report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(place, { recursive: true });
  return report;
}

async function inChromium() {
  const { server, address } = await serve();
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await puppeteer.launch({
    executablePath,
    args: FLAGS.split(' '),
    protocolTimeout: 2 * MOST_TIME,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${address}conformance.html`);
    await page.waitForSelector('[data-test=run]:not(:disabled)');
    const names = await page.$$eval('.conformance input[type=checkbox]:not(:disabled)', (boxes) =>
      boxes.map(({ value }) => value).filter((value) => !value.endsWith('Norm')),
    );
    await page.goto(`${address}conformance.html?adapters=${names.join(',')}`);
    await page.waitForSelector('[data-test=run]:not(:disabled)');
    // The file is kept instead of being downloaded.
    await page.evaluate(() => {
      const create = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        window.report = blob;
        return create(blob);
      };
    });
    await page.click('[data-test=run]');
    try {
      await page.waitForSelector('[data-phase=done]', { timeout: MOST_TIME });
    } catch {
      console.log('not all adapters are done in the time there is; those that are not are left out');
      await page.click('[data-test=cancel]');
      await page.waitForSelector('[data-phase=cancelled]');
    }
    await page.click('[data-test=json]');
    await page.waitForFunction(() => window.report !== undefined);
    return JSON.parse(await page.evaluate(() => window.report.text()));
  } finally {
    await browser.close();
    server.close();
  }
}

/** Keeps counts by adapter and operation, and the versions. */
function record(name, { environment, adapters }) {
  const all = Math.max(...adapters.map(({ cases }) => cases.length));
  const whole = adapters.filter(({ available, cases }) => !available || cases.length === all);
  const condensed = {
    // Of the system its name: the kernel of one machine says nothing about a release.
    environment: environment.os ? { ...environment, os: environment.os.split(' ')[0] } : environment,
    adapters: whole.map(({ name: adapter, available, reason, cases }) => {
      if (!available) return { name: adapter, reason };
      const ops = {};
      for (const { op, status, message = '' } of cases) {
        const state = status === 'failed' && /(^|: )threw /.test(message) ? 'errored' : status;
        ops[op] ??= {};
        ops[op][state] = (ops[op][state] ?? 0) + 1;
      }
      return { name: adapter, ops };
    }),
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(condensed, null, 2)}\n`);
  console.log(`${name}: ${whole.length} adapters recorded`);
}
