import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendantsOf, isBrowser } from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { normlayersIn } from './in-process';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-remote-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasChromedriver = spawnSync('chromedriver', ['--version']).status === 0;
if (!hasChromedriver) {
  console.log(
    'The tests of --remote are left out: no chromedriver on the PATH (Debian: apt-get install chromium-driver).',
  );
}

const normlayers = (...args: string[]) => normlayersOf('conformance', ...args);

/** Asynchronous: the endpoint may be this process. */
async function normlayersOf(name: string, ...args: string[]) {
  const child = start(name, args);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status: status as number | null, stdout, stderr };
}

function start(name: string, args: readonly string[]): ChildProcess {
  const all = [command, name, '--runtime', 'chromium', '--software', ...args];
  return spawn(process.execPath, all, { cwd: folder });
}

describe.skipIf(!hasChromedriver)('on a chromedriver', () => {
  let driver: ChildProcess;
  let endpoint: string;

  beforeAll(async () => {
    driver = spawn('chromedriver', ['--port=0']);
    let said = '';
    driver.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    await vi.waitUntil(() => /successfully on port \d+/.test(said), { timeout: 20_000 });
    endpoint = `http://127.0.0.1:${/successfully on port (\d+)/.exec(said)?.[1]}`;
  });

  afterAll(async () => {
    driver.kill();
    await once(driver, 'close');
  });

  /** Windows of the chromedriver's only session; 0 where it has none yet. */
  async function openWindows(): Promise<number> {
    const value = async (path: string) => (await (await fetch(`${endpoint}/${path}`)).json()).value;
    const [session] = (await value('sessions')) as { id: string }[];
    return session === undefined ? 0 : (await value(`session/${session.id}/window/handles`)).length;
  }

  test('two browsers at once, one report, nothing left behind', { timeout: SLOW }, async () => {
    const { status, stdout, stderr } = await normlayers(
      '--remote',
      `${endpoint},${endpoint}/`,
      '--adapter',
      'reference,wasm',
      '--op',
      'rmsNorm',
      '--json',
      'report.json',
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { environment, adapters } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(environment.browsers).toHaveLength(2);
    const [{ browser, page }] = environment.browsers;
    expect(browser).toMatch(/^chrome\/\d+/);
    expect(page.crossOriginIsolated).toBe(true);
    const names = adapters.map(({ name }: { name: string }) => name);
    expect(names).toEqual([1, 2].flatMap((i) => [`reference @${browser}#${i}`, `wasm @${browser}#${i}`]));
    for (const { totals, cases } of adapters) {
      expect([totals.ordinary, totals.imprecise, totals.wrong]).toEqual([0, 0, 0]);
      expect(cases.length).toBeGreaterThan(100);
    }
    expect(stdout).toContain('Passed: reference @chrome/');
    await expect.poll(() => descendantsOf(driver.pid as number).filter(isBrowser)).toEqual([]);
  });

  // Each session with chromedriver's own Chromium takes 10 s of CPU.
  test.runIf(FULL)('a bench on one of them', { timeout: SLOW }, async () => {
    const args = ['--adapter', 'wasm', '--op', 'layerNorm', '--shape', '2x8', '--rounds', '1'];
    const { status, stdout, stderr } = await normlayersOf('bench', '--remote', endpoint, ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Fastest, of 2 cases: /m);
    await expect.poll(() => descendantsOf(driver.pid as number).filter(isBrowser)).toEqual([]);
  });

  test.runIf(FULL && process.platform === 'linux')(
    'a browser that dies: another does its work again',
    async () => {
      // All cases, which take seconds: on a busy machine a few would be done before the page's window is seen.
      const running = normlayers('--remote', endpoint, '--adapter', 'reference');
      // The session's first window, and the one of the page.
      await expect.poll(openWindows, { timeout: 60_000 }).toBe(2);
      for (const { pid } of descendantsOf(driver.pid as number).filter(isBrowser)) {
        process.kill(pid, 'SIGKILL');
      }
      const { status, stdout, stderr } = await running;
      expect(stderr).toBe('');
      expect(stdout).toMatch(/the browser ended in mid-run, .+ Another did that again\./);
      expect(status).toBe(0);
    },
  );

  test('3 for a browser that the endpoint does not have', async () => {
    const { status, stderr } = await normlayers('--remote', endpoint, '--remote-browser', 'safari');
    expect(stderr).toMatch(/^normlayers: --remote \S+ gives no session of safari: .+\n$/);
    expect(status).toBe(3);
  });
});

const said = (...args: string[]) =>
  normlayersIn(folder, ['conformance', '--runtime', 'chromium', '--software', ...args]);

test('3 where nothing listens, and where what listens is no WebDriver', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = await said('--remote', endpoint);
  expect(other.stderr).toBe(
    `normlayers: --remote ${endpoint} gives no session of chrome: it answers 404, and not as WebDriver does.\n`,
  );
  expect(other.status).toBe(3);
  server.close();
  await once(server, 'close');
  const none = await said('--remote', endpoint);
  expect(none.stderr).toMatch(/gives no session of chrome: connect ECONNREFUSED \S+\n$/);
  expect(none.status).toBe(3);
});

test('2 for an address that is none', async () => {
  const { status, stderr } = await said('--remote', 'grid');
  expect(stderr).toBe('normlayers: --remote grid: expected an address, as in http://localhost:4444.\n');
  expect(status).toBe(2);
});
