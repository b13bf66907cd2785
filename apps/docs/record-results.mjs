// Records what the conformance page shows of the last release: node record-results.mjs [node|chromium]... [--adapter NAMES]
// Needs the built packages and the built site. Runs the command in Node and the page in Chromium, on every adapter there is;
// with --adapter on those only, and what is recorded of the others stays.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import puppeteer from 'puppeteer-core';
import { serve } from './serve.mjs';

const FLAGS =
  '--no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader';
/** For each adapter in Chromium, in ms; RECORD_SECONDS says otherwise. Backends in software take their time. */
const MOST_TIME = Number(process.env.RECORD_SECONDS ?? 600) * 1000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { adapter: { type: 'string', multiple: true, default: [] } },
});
const chosen = values.adapter.flatMap((names) => names.split(','));
const wanted = positionals.length > 0 ? positionals : ['node', 'chromium'];
const folder = fileURLToPath(new URL('public/recorded', import.meta.url));
mkdirSync(folder, { recursive: true });

if (wanted.includes('node')) record('node', inNode());
if (wanted.includes('chromium')) record('chromium', await inChromium());

function inNode() {
  const place = mkdtempSync(join(tmpdir(), 'recorded-'));
  const file = join(place, 'report.json');
  const command = fileURLToPath(new URL('../../packages/cli/dist/normlayers.js', import.meta.url));
  const only = chosen.flatMap((name) => ['--adapter', name]);
  const args = [command, 'conformance', '--quiet', '--json', file, ...only];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
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
    const names = await adaptersOfPage(browser, address);
    const reports = [];
    for (const name of names.filter((one) => chosen.length === 0 || chosen.includes(one))) {
      const report = await inPage(browser, `${address}conformance.html?adapters=${name}`);
      if (report === null) console.log(`${name}: not done in ${MOST_TIME / 1000} s, left out`);
      else reports.push(report);
    }
    return { environment: reports[0]?.environment, adapters: reports.flatMap(({ adapters }) => adapters) };
  } finally {
    await browser.close();
    server.close();
  }
}

async function adaptersOfPage(browser, address) {
  const page = await browser.newPage();
  await page.goto(`${address}conformance.html`);
  await page.waitForSelector('[data-test=run]:not(:disabled)');
  const boxes = '.conformance input[type=checkbox]:not(:disabled)';
  const names = await page.$$eval(boxes, (all) => all.map(({ value }) => value));
  await page.close();
  return names.filter((value) => !value.endsWith('Norm'));
}

/** The report of a run in a page of its own, so that no adapter spoils another's; null where it takes too long. */
async function inPage(browser, address) {
  const page = await browser.newPage();
  try {
    await page.goto(address);
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
      return null;
    }
    await page.click('[data-test=json]');
    await page.waitForFunction(() => window.report !== undefined);
    return JSON.parse(await page.evaluate(() => window.report.text()));
  } finally {
    await page.close();
  }
}

/** Keeps counts by adapter and operation, and the versions. */
function record(name, { environment, adapters }) {
  const file = join(folder, `${name}.json`);
  const anew = adapters.map(condensed);
  const before = chosen.length > 0 && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const kept = before?.adapters.map((old) => anew.find((one) => one.name === old.name) ?? old) ?? [];
  const added = anew.filter((one) => !kept.includes(one));
  const recorded = {
    // Of the system its name: the kernel of one machine says nothing about a release.
    environment: environment?.os ? { ...environment, os: environment.os.split(' ')[0] } : environment,
    adapters: [...kept, ...added],
  };
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${name}: ${anew.length} adapters recorded`);
}

function condensed({ name, available, reason, cases }) {
  if (!available) return { name, reason };
  const ops = {};
  for (const { op, status, message = '' } of cases) {
    const state = status === 'failed' && /(^|: )threw /.test(message) ? 'errored' : status;
    ops[op] ??= {};
    ops[op][state] = (ops[op][state] ?? 0) + 1;
  }
  return { name, ops };
}
