import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUITE_ENTRIES } from '@normlayers/catalogue';
import type { AdapterReport } from '@normlayers/conformance';
import {
  browserToTest,
  descendantsOf,
  isAlive,
  isBrowser,
  isRenderer,
  killFamily,
  type Process,
} from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { afterAll, afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BrowserEnvironment } from '../src/output/environment';
import { normlayersIn } from './in-process';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-browser-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chromium = browserToTest('chromium');
const firefox = browserToTest('firefox');

function normlayers(args: readonly string[]) {
  return spawnSync(process.execPath, [command, 'conformance', ...args], { encoding: 'utf8', cwd: folder });
}

function jsonOf(file: string) {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    environment: BrowserEnvironment;
    adapters: AdapterReport[];
  };
}

const VECTOR = {
  name: 'two numbers',
  source: 'onnx',
  op: 'InstanceNormalization',
  attributes: { epsilon: 0 },
  inputs: [
    { name: 'x', dtype: 'float32', shape: [1, 1, 2], data: [1, 3] },
    { name: 's', dtype: 'float32', shape: [1], data: [2] },
    { name: 'bias', dtype: 'float32', shape: [1], data: [1] },
  ],
  outputs: [{ name: 'y', dtype: 'float32', shape: [1, 1, 2], data: [-1, 3] }],
  rtol: 1e-3,
  atol: 1e-7,
};

describe.skipIf(chromium === undefined)('in Chromium', () => {
  test('the same cases as in Node, generated and from vectors, with the same results, looked at closely', () => {
    writeFileSync(join(folder, 'vectors.json'), JSON.stringify([VECTOR]));
    const args = [
      ...['--adapter', 'reference,native:tfjs/wasm', '--vectors', 'vectors.json'],
      ...['--case', 'layerNorm inference float32 offset 10000', '--case', 'two numbers'],
    ];
    const inNode = normlayers([...args, '--json', 'node.json']);
    expect(inNode.status).toBe(0);
    const { status, stdout, stderr } = normlayers([
      ...args,
      '--runtime',
      'chromium',
      '--json',
      'chromium.json',
      '--junit',
      'chromium.xml',
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { environment, adapters } = jsonOf('chromium.json');
    const [reference, native] = jsonOf('node.json').adapters;
    expect(adapters[0]).toEqual(reference);
    const grades = (report: AdapterReport) => report.cases.map(({ name, grade }) => [name, grade]);
    expect(grades(adapters[1])).toEqual(grades(native));
    expect(adapters[0]?.cases.map(({ name }) => name)).toContain('onnx/two numbers');
    expect(readFileSync(join(folder, 'chromium.xml'), 'utf8')).toContain('onnx/two numbers');
    expect(environment).toMatchObject({
      runtime: 'chromium',
      browsers: [
        {
          browser: expect.stringMatching(/^(Headless)?(Chrome|Edg)\/\d+/),
          software: expect.any(Boolean),
          page: { crossOriginIsolated: true, userAgent: expect.any(String), cores: expect.any(Number) },
        },
      ],
    });
    expect(stdout).toContain(`${environment.browsers[0]?.browser}, cross-origin isolated; `);
    expect(stdout).toMatch(/^native:tfjs\/wasm: layerNorm inference float32 offset 10000$/m);
    expect(stdout).toMatch(/^ {2}y\[\d+,\d+\] is \S+, expected \S+: off by /m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Passed: reference\. /);
  });

  // In the gate the step conformance:chromium loads each, and the docs app's tests look at a native one on WebGPU.
  const frameworks = () => {
    const { status, stdout } = normlayers([
      '--runtime',
      'chromium',
      '--adapter',
      'native:tfjs/wasm,native:onnxruntime-web/webgpu',
      '--case',
      'layerNorm inference float32 offset 10000',
      '--json',
      'frameworks.json',
    ]);
    const { environment, adapters } = jsonOf('frameworks.json');
    const { webgpu = null } = environment.browsers[0]?.page ?? {};
    const expected: Record<string, boolean> = {
      'native:onnxruntime-web/webgpu:jsep': webgpu !== null,
      'native:onnxruntime-web/webgpu:native': webgpu !== null,
      'native:tfjs/wasm': true,
    };
    expect(Object.fromEntries(adapters.map(({ name, available }) => [name, available]))).toEqual(expected);
    expect(status).toBe(Object.values(expected).every(Boolean) ? 0 : 3);
    if (webgpu !== null) {
      expect(stdout).toContain('WebGPU on ');
      // The framework's own Layer Norm on WebGPU is hundreds off: found by the suite.
      const jsep = adapters.find(({ name }) => name === 'native:onnxruntime-web/webgpu:jsep');
      const offset = jsep?.cases.find(({ name }) => name === 'layerNorm inference float32 offset 10000');
      expect(offset?.grade).toBe('wrong');
      // Asked for by name, it is looked at closely.
      expect(stdout).toMatch(
        /^native:onnxruntime-web\/webgpu:jsep: layerNorm inference float32 offset 10000$/m,
      );
      expect(stdout).toMatch(/^ {2}y\[\d+,\d+\] is \S+, expected \S+: off by /m);
      expect(stdout).toContain("    import * as ort from 'onnxruntime-web/all';");
    }
  };
  if (FULL)
    test(
      'the frameworks load, each in its own build, and the page says what it computes on',
      { timeout: SLOW },
      frameworks,
    );

  const listOfAdapters = () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [command, 'adapters', '--runtime', 'chromium'],
      { encoding: 'utf8', cwd: folder },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^wasm-threads {2,}available {2}/m);
    expect(stdout).toMatch(/^tfjs\/wasm:threads {2,}available {2}/m);
    expect(stdout).toMatch(/^onnxruntime-web\/webnn {2,}(available|not here) {2}/m);
    expect(stdout.trim().split('\n')).toHaveLength(SUITE_ENTRIES.length);
  };
  if (FULL)
    test('adapters: what the browser has, and why it has not the rest', { timeout: SLOW }, listOfAdapters);

  const LOST = /^the browser ended in mid-run, after \d+ of \d+ cases of [\w:/-]+\.$/;

  // In the gate browser-run.test.ts has what comes of it, of drivers that say so.
  if (FULL && process.platform === 'linux')
    test('killing the browser: another does its work again, and the report names it', {
      timeout: SLOW,
    }, async () => {
      const run = await started('chromium', '--json', 'killed.json');
      process.kill(run.browser, 'SIGKILL');
      const { code, stderr } = await run.ended();
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(run.left()).toEqual([]);
      const { environment, adapters } = jsonOf('killed.json');
      expect(environment.browsers[0]).toMatchObject({ lost: [expect.stringMatching(LOST)] });
      expect(adapters).toHaveLength(1);
      expect(adapters[0]?.totals).toMatchObject({ ordinary: 0, imprecise: 0, wrong: 0 });
    });

  const SIGNALS = [
    ['SIGINT', 'Ctrl-C'],
    ['SIGTERM', 'SIGTERM'],
  ] as const;
  test.skipIf(process.platform !== 'linux').each(FULL ? SIGNALS : SIGNALS.slice(0, 1))(
    '%s: one sentence, exit code 130, nothing left behind',
    async (signal, called) => {
      const run = await started('chromium', '--json', 'stopped.json');
      run.child.kill(signal);
      const { code, stderr } = await run.ended();
      expect(stderr).toBe(`normlayers: stopped by ${called}.\n`);
      expect(code).toBe(130);
      expect(run.left()).toEqual([]);
      expect(readdirSync(run.temporary)).toEqual([]);
      expect(jsonOf('stopped.json')).toMatchObject({ partial: `stopped by ${called}.` });
    },
  );

  test.skipIf(process.platform !== 'linux')('the command killed outright leaves no browser', async () => {
    const run = await started();
    run.child.kill('SIGKILL');
    await run.ended();
    await expect.poll(run.left, { timeout: 10_000 }).toEqual([]);
  });
});

// In the gate the step conformance:firefox is the run in Firefox.
const inFirefox = () => {
  test('a short run', () => {
    const { status, stderr } = normlayers([
      '--runtime',
      'firefox',
      '--adapter',
      'reference,wasm,onnxruntime-web/wasm,tfjs/cpu',
      '--op',
      'rmsNorm',
      '--json',
      'firefox.json',
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { environment, adapters } = jsonOf('firefox.json');
    expect(environment).toMatchObject({
      runtime: 'firefox',
      browsers: [{ browser: expect.stringMatching(/^firefox\/\d+/i), page: { crossOriginIsolated: true } }],
    });
    for (const { name, totals } of adapters) {
      expect([totals.ordinary, totals.imprecise, totals.wrong], name).toEqual([0, 0, 0]);
      expect(totals.accurate, name).toBeGreaterThan(80);
    }
  });

  // Driven over WebDriver BiDi, one page in five of this kind hung.
  test('adapters whose workers start workers', { timeout: SLOW }, () => {
    for (let i = 0; i < 5; i++) {
      const adapters = ['--adapter', 'wasm-threads,tfjs/wasm:threads'];
      const { status, stdout } = normlayers(['--runtime', 'firefox', ...adapters, '--op', 'rmsNorm']);
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('Passed: wasm-threads, tfjs/wasm:threads.');
      expect(status).toBe(0);
    }
  });

  test.skipIf(process.platform !== 'linux')('killing the browser: one sentence, exit code 3', async () => {
    const run = await started('firefox');
    process.kill(run.browser, 'SIGKILL');
    const { code, stderr } = await run.ended();
    expect(stderr).toMatch(
      /^normlayers: the page was closed in mid-run, after \d+ of \d+ cases of [\w:/-]+\.\n$/,
    );
    expect(code).toBe(3);
    expect(run.left()).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('Ctrl-C: nothing left behind', async () => {
    const run = await started('firefox');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended();
    expect(stderr).toBe('normlayers: stopped by Ctrl-C.\n');
    expect(code).toBe(130);
    expect(run.left()).toEqual([]);
    expect(readdirSync(run.temporary)).toEqual([]);
  });
};
if (FULL) describe.skipIf(firefox === undefined)('in Firefox', inFirefox);

describe('what is said where it cannot run', () => {
  afterEach(() => vi.unstubAllEnvs());

  function said(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    return normlayersIn(folder, ['conformance', ...args]);
  }

  test.each([
    [['--browser', 'nowhere'], '--browser nowhere: there is no such file.'],
    [['--browser', '.'], '--browser .: that is no program that can be run.'],
    [['--port', '70000'], '--port 70000: expected a whole number from 1 to 65535.'],
    [['--adapter', 'torch'], '--adapter torch is not known'],
  ])('2 for %j', async (args, sentence) => {
    const { status, stderr } = await said(['--runtime', 'chromium', ...args]);
    expect(stderr).toContain(`normlayers: ${sentence}`);
    expect(status).toBe(2);
  });

  test('2 for a browser that is asked for in Node', async () => {
    const { status, stderr } = await said(['--headed']);
    expect(stderr).toBe('normlayers: --headed needs --runtime chromium or firefox.\n');
    expect(status).toBe(2);
  });

  test('2 where CHROME_PATH is wrong, by its name', async () => {
    const { status, stderr } = await said(['--runtime', 'chromium'], { CHROME_PATH: '/no/chrome' });
    expect(stderr).toBe('normlayers: CHROME_PATH /no/chrome: there is no such file.\n');
    expect(status).toBe(2);
  });

  test.skipIf(process.platform === 'win32')('3 for a program that is no browser', async () => {
    const program = join(folder, 'program');
    writeFileSync(program, '#!/bin/sh\necho not a browser >&2\n');
    chmodSync(program, 0o755);
    const { status, stderr } = await said(['--runtime', 'chromium', '--browser', program]);
    expect(stderr).toMatch(/^normlayers: \S+program does not start as a browser: .+\n$/);
    expect(status).toBe(3);
  });

  test.runIf(process.platform === 'linux')('3 where no browser is found, and what to install', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const env = { CHROME_PATH: undefined, PATH: empty };
    const { status, stderr } = await said(['--runtime', 'chromium'], env);
    // Where an installer's own folder has one, this is not to be seen.
    if (status === 0) return console.log('No browser found: not tested, one is outside the PATH.');
    expect(stderr).toBe(
      'normlayers: no Chrome, Chromium or Edge was found; install one (on Debian and Ubuntu: apt-get install chromium), or name it by --browser PATH or CHROME_PATH.\n',
    );
    expect(status).toBe(3);
  });

  test.skipIf(chromium === undefined)('3 where the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { status, stderr } = await said(['--runtime', 'chromium', '--port', String(port)]);
    other.close();
    expect(stderr).toBe(
      `normlayers: port ${port} is in use; give another --port, or leave it out for one that is free.\n`,
    );
    expect(status).toBe(3);
  });
});

interface StartedRun {
  readonly child: ChildProcess;
  /** The browser's first process. */
  readonly browser: number;
  /** Where the run keeps its temporary files. */
  readonly temporary: string;
  ended(): Promise<{ code: number | null; stderr: string }>;
  /** What is still alive of all that it had started. */
  left(): string[];
}

/**
 * A run of seconds that has got to computing in the browser: a page of it has used a second of CPU time. Of one adapter,
 * so that one browser runs.
 */
async function started(runtime: 'chromium' | 'firefox' = 'chromium', ...args: string[]): Promise<StartedRun> {
  const temporary = mkdtempSync(join(folder, `${runtime}-`));
  const child = spawn(
    process.execPath,
    [command, 'conformance', '--runtime', runtime, '--adapter', 'reference', ...args],
    { cwd: folder, env: { ...process.env, TMPDIR: temporary } },
  );
  const ending = once(child, 'close');
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const pid = child.pid as number;
  // What a test that fails leaves running would take the CPU from those after it.
  onTestFinished(() => killFamily(child));
  const family = await vi.waitUntil(
    () => {
      const members = descendantsOf(pid);
      const computes = members.some((member) => isRenderer(member) && member.cpu > 1);
      return computes && members.some(isBrowser) && members;
    },
    { timeout: SLOW / 2, interval: 100 },
  );
  return {
    child,
    browser: (family.find(isBrowser) as Process).pid,
    temporary,
    async ended() {
      const [code] = await ending;
      return { code: code as number | null, stderr };
    },
    left: () => family.filter((member) => isAlive(member.pid)).map((member) => member.command.slice(0, 100)),
  };
}
