// A Selenium Grid of a hub and three nodes, one of which is killed in mid-run. In the full run alone: it takes two minutes and
// 40 MB (the jar, from npm's @nightwatch/selenium-server; SELENIUM_JAR names one that is there).
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killFamily } from '@normlayers/testing/browser';
import { FULL } from '@normlayers/testing/full-run';
import { afterAll, expect, test, vi } from 'vitest';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-grid-'));
const lacking = !FULL
  ? 'it is part of npm run test:full'
  : ['java', 'chromedriver'].find((program) => spawnSync(program, ['--version']).error !== undefined);
if (lacking !== undefined) console.log(`The Selenium Grid is left out: ${lacking}.`);

const MINUTES = 60_000;
const running: ChildProcess[] = [];
afterAll(async () => {
  for (const each of running) killFamily(each);
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function seleniumJar(): string {
  const given = process.env.SELENIUM_JAR;
  if (given !== undefined) return given;
  const wanted = '@nightwatch/selenium-server@4.20.0';
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', wanted]);
  return join(folder, 'node_modules/@nightwatch/selenium-server/lib/selenium-server-4.20.0.jar');
}

interface GridNode {
  readonly uri: string;
  readonly slots: readonly { readonly session: { readonly sessionId: string } | null }[];
}

test.skipIf(lacking !== undefined)(
  'a node that is killed costs what it computed, which another node does again',
  { timeout: 10 * MINUTES },
  async () => {
    const jar = seleniumJar();
    const java = (...args: string[]) => {
      const child = spawn('java', ['-jar', jar, ...args], { cwd: folder, stdio: 'ignore' });
      running.push(child);
      return child;
    };
    const [port, publish, subscribe] = await Promise.all([freePort(), freePort(), freePort()]);
    const events = [
      ...['--publish-events', `tcp://127.0.0.1:${publish}`],
      ...['--subscribe-events', `tcp://127.0.0.1:${subscribe}`],
    ];
    const hub = `http://127.0.0.1:${port}`;
    java('hub', '--host', '127.0.0.1', '--port', String(port), ...events);
    const nodes = new Map<number, ChildProcess>();
    for (let i = 0; i < 3; i++) {
      const at = await freePort();
      const options = ['--host', '127.0.0.1', '--port', String(at), '--max-sessions', '1', '--hub', hub];
      nodes.set(at, java('node', ...options, '--selenium-manager', 'false', ...events));
    }
    const status = async () => {
      const { value } = (await (await fetch(`${hub}/status`)).json()) as {
        value: { readonly nodes?: readonly GridNode[] };
      };
      return value.nodes ?? [];
    };
    await vi.waitUntil(async () => (await status().catch(() => [])).length === 3, {
      timeout: 2 * MINUTES,
      interval: 500,
    });

    const run = spawn(
      process.execPath,
      [
        ...[command, 'conformance', '--runtime', 'chromium', '--software', '--remote', `${hub},${hub}/`],
        ...['--adapter', 'reference,wasm', '--op', 'layerNorm,rmsNorm', '--json', 'report.json'],
      ],
      { cwd: folder },
    );
    running.push(run);
    let stdout = '';
    let stderr = '';
    run.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    run.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    // One whose page is open: the session's first window, and the one of the page.
    let busy: GridNode | undefined;
    await vi.waitUntil(
      async () => {
        for (const node of await status()) {
          const id = node.slots.find(({ session }) => session !== null)?.session?.sessionId;
          if (id === undefined) continue;
          const windows = await fetch(`${hub}/session/${id}/window/handles`);
          const { value } = (await windows.json()) as { value: unknown };
          if (Array.isArray(value) && value.length === 2) busy = node;
        }
        return busy !== undefined;
      },
      { timeout: 3 * MINUTES, interval: 200 },
    );
    killFamily(nodes.get(Number(new URL((busy as GridNode).uri).port)) as ChildProcess);

    const [code] = (await once(run, 'close')) as [number];
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(report.partial).toBeUndefined();
    const { browsers } = report.environment as { browsers: { lost?: string[] }[] };
    expect(browsers.map(({ lost = [] }) => lost.length).sort()).toEqual([0, 1]);
    expect(browsers.flatMap(({ lost = [] }) => lost)[0]).toMatch(/^the browser ended in mid-run, /);
    expect(stdout).toMatch(/the browser ended in mid-run, .*\. Another did that again\./);
    const adapters = report.adapters as { name: string; totals: Record<string, number>; cases: object[] }[];
    expect(adapters.map(({ name }) => name.split(' ')[0])).toEqual([
      'reference',
      'wasm',
      'reference',
      'wasm',
    ]);
    for (const { totals, cases } of adapters) {
      expect([totals.ordinary, totals.imprecise, totals.wrong]).toEqual([0, 0, 0]);
      expect(cases.length).toBe(adapters[0]?.cases.length);
    }
  },
);
