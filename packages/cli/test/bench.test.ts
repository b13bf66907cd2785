import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchJson, BenchReport, BenchResult } from '@normlayers/benchmark';
import { browserToTest, descendantsOf, isBrowser, killFamily } from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { exitCodeOf } from '../src/commands/bench';
import type { BrowserEnvironment } from '../src/output/environment';
import { normlayersIn } from './in-process';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(...args: string[]) {
  return spawnSync(process.execPath, [command, 'bench', ...args], { encoding: 'utf8', cwd: folder });
}

const benchIn = (...args: string[]) => normlayersIn(folder, ['bench', ...args]);

const TINY = ['--op', 'layerNorm', '--shape', '4x32', '--rounds', '3'];

describe('a run of tiny size', () => {
  const args = ['--adapter', 'wasm,native:tfjs-ops/wasm', ...TINY, '--json', 'b.json', '--markdown=b.md'];
  const { status, stdout } = bench(...args);

  test('prints a table for each residency, with memcpy and the plain loop beside what was asked for', () => {
    expect(status).toBe(0);
    for (const residency of ['device', 'host']) {
      expect(stdout).toContain(`layerNorm inference float32, ${residency}, [4, 32]`);
    }
    for (const name of ['memcpy', 'plain-js', 'wasm', 'native:tfjs-ops/wasm']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} .* [µm]s .*█|^  ${name} .* [µm]s .*[▏▎▍▌▋▊▉]`, 'm'));
    }
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Fastest, of 2 cases: /);
  });

  test('writes JSON with the fields that others rely on', () => {
    const report: BenchJson = JSON.parse(readFileSync(join(folder, 'b.json'), 'utf8'));
    expect(report).toMatchObject({
      schema: 2,
      environment: {
        runtime: 'node',
        node: process.versions.node,
        cpu: expect.any(String),
        cores: expect.any(Number),
        wasmKernels: expect.stringMatching(/^(relaxed|baseline) SIMD$/),
        packages: { '@tensorflow/tfjs': expect.any(String), 'onnxruntime-web': expect.any(String) },
      },
      skipped: [],
      unavailable: [],
    });
    expect(report.results).toHaveLength(8);
    for (const result of report.results) {
      expect(result).toMatchObject({
        op: 'layerNorm',
        mode: 'inference',
        dtype: 'float32',
        shape: [4, 32],
        residency: expect.stringMatching(/^(device|host)$/),
        medianMs: expect.any(Number),
        p10Ms: expect.any(Number),
        p90Ms: expect.any(Number),
        timesMemcpy: expect.any(Number),
        samples: 3,
        grade: 'accurate',
        digits: expect.any(Number),
      });
    }
  });

  test('writes a page with machine, versions and the command, without the files that it wrote', () => {
    const page = readFileSync(join(folder, 'b.md'), 'utf8');
    expect(page).toContain(
      `    npx normlayers bench --adapter wasm,native:tfjs-ops/wasm ${TINY.join(' ')}\n`,
    );
    expect(page).toMatch(/\| CPU \| .+, \d+ cores? \|/);
    expect(page).toContain(`Node.js | ${process.versions.node}`);
    expect(page).toContain('## layerNorm inference float32, host\n\n|  | 4x32 |');
  });
});

test('every adapter of the bench can be timed: the frameworks, their layers and what is written by hand', () => {
  const { status, stdout } = bench(
    '--op',
    'layerNorm,batchNorm',
    '--shape',
    '4x32',
    '--layout',
    'channels-last',
    '--rounds',
    '1',
    '--residency',
    'device',
    '--json',
    'all.json',
  );
  expect(status, stdout).toBe(0);
  const { results, skipped, unavailable }: BenchJson = JSON.parse(
    readFileSync(join(folder, 'all.json'), 'utf8'),
  );
  const of = (op: string) => results.filter((result) => result.op === op).map(({ adapter }) => adapter);
  for (const op of ['layerNorm', 'batchNorm']) {
    for (const name of [
      'wasm',
      'wasm-threads',
      'tfjs/cpu',
      'tfjs/wasm',
      'tfjs-layers/wasm',
      'native:tfjs-layers/wasm',
      'onnxruntime-web/wasm',
      'native:onnxruntime-web/wasm',
    ]) {
      expect(of(op)).toContain(name);
    }
  }
  expect(of('layerNorm')).toContain('native:tfjs-ops/wasm');
  // jax-js runs, or says why not; it composes Layer Norm only.
  const jax = (list: readonly { adapter: string }[]) =>
    list.some(({ adapter }) => adapter === 'native:jax-js/wasm');
  expect(jax(unavailable) || (jax(results) && jax(skipped))).toBe(true);
  for (const { adapter, reason } of [...skipped, ...unavailable]) {
    expect(reason, adapter).toMatch(/only$|needs/);
  }
});

const chromium = browserToTest('chromium');
const firefox = browserToTest('firefox');

describe.skipIf(chromium === undefined)('in Chromium', () => {
  const [rows, features] = [1024, 768];
  const args = [
    '--runtime',
    'chromium',
    '--op',
    'layerNorm',
    '--shape',
    `${rows}x${features}`,
    '--rounds',
    '2',
  ];
  const onTheCpu = FULL ? ['wasm', 'wasm-threads', 'tfjs/wasm'] : ['wasm'];
  const adapters = [...onTheCpu, 'tfjs/webgpu', 'onnxruntime-web/webnn'].join();

  test('the same tables, JSON and page; GPU passes are counted, and the GPU is waited for', {
    timeout: SLOW,
  }, () => {
    const { status, stdout, stderr } = bench(
      ...args,
      ...['--adapter', adapters, '--json', 'chromium.json', '--markdown', 'chromium.md'],
    );
    expect(stderr).toBe('');
    const report: BenchJson = JSON.parse(readFileSync(join(folder, 'chromium.json'), 'utf8'));
    const { runtime, browsers } = report.environment as BrowserEnvironment;
    expect(runtime).toBe('chromium');
    expect(browsers).toMatchObject([
      {
        browser: expect.stringMatching(/^(Headless)?(Chrome|Edg)\/\d+/),
        software: expect.any(Boolean),
        page: { crossOriginIsolated: true, wasmKernels: expect.stringMatching(/SIMD$/) },
      },
    ]);
    const page = readFileSync(join(folder, 'chromium.md'), 'utf8');
    expect(page).toContain(`| Browser | ${browsers[0]?.browser} |`);
    expect(page).toMatch(/\| Rendering \| (in software|on the GPU)/);
    expect(page).toContain('| WebGPU |');

    const of = (adapter: string, residency: string) =>
      report.results.find((result) => result.adapter === adapter && result.residency === residency);
    for (const adapter of ['memcpy', 'plain-js', ...onTheCpu]) {
      for (const residency of ['device', 'host']) {
        expect(of(adapter, residency), adapter).toMatchObject({ samples: 2, grade: 'accurate' });
        expect(of(adapter, residency)).not.toHaveProperty('passes');
        expect(stdout).toMatch(new RegExp(`^  ${adapter} .* [µm]s `, 'm'));
      }
    }
    // What was asked for by name and is not there makes it 3, where the browser has no WebNN.
    expect(status).toBe(report.unavailable.length === 0 ? 0 : 3);
    if (browsers[0]?.page?.webgpu === null) return;
    const device = of('tfjs/webgpu', 'device');
    expect(device?.passes).toBeGreaterThanOrEqual(1);
    // Two times 3 MB take this long at 20 GB/s, which no software GPU reaches; handing the work over takes less.
    if (browsers[0]?.software) expect(device?.medianMs).toBeGreaterThan((2 * rows * features * 4) / 20e6);
    expect(stdout).toMatch(/GB\/s {2}digits {2}passes/);
    expect(stdout).toContain(`${browsers[0]?.browser}, cross-origin isolated; `);
  });

  const killed = async () => {
    // A table of a second, in which the browser is killed.
    const oneSize = ['--adapter', 'reference', '--op', 'layerNorm', '--shape', '1024x768'];
    const child = spawn(
      process.execPath,
      [command, 'bench', '--runtime', 'chromium', ...oneSize, '--json', 'killed.json'],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    // What a test that fails leaves running would take the CPU from those after it.
    onTestFinished(() => killFamily(child));
    const ending = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    // The first table is printed, the second is under way.
    await once(child.stdout, 'data');
    for (const { pid } of descendantsOf(child.pid as number).filter(isBrowser)) process.kill(pid, 'SIGKILL');
    child.stdout.resume();
    expect(await ending).toEqual([0, null]);
    expect(stderr).toBe('');
    const { environment, results }: BenchJson = JSON.parse(readFileSync(join(folder, 'killed.json'), 'utf8'));
    expect((environment as BrowserEnvironment).browsers).toMatchObject([
      { lost: [expect.stringMatching(/^the browser ended in mid-run, after 1 of 2 tables\.$/)] },
    ]);
    const residencies = results
      .filter(({ adapter }) => adapter === 'reference')
      .map(({ residency }) => residency);
    expect(residencies).toEqual(['device', 'host']);
  };
  if (FULL && process.platform === 'linux')
    test(
      'killing the browser: another does its work again, and the report names it',
      { timeout: SLOW },
      killed,
    );
});

const inFirefox = () => {
  const args = ['--runtime', 'firefox', ...TINY, '--adapter', 'wasm,tfjs/wasm,onnxruntime-web/wasm'];
  const { status, stderr } = bench(...args, '--json', 'firefox.json');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const report: BenchJson = JSON.parse(readFileSync(join(folder, 'firefox.json'), 'utf8'));
  expect(report.environment).toMatchObject({ runtime: 'firefox' });
  // A build of an adapter that was named comes along where it can: memcpy, wasm, two of tfjs and two of onnxruntime-web.
  const names = [...new Set(report.results.map(({ adapter }) => adapter))];
  expect(names).toEqual(
    expect.arrayContaining(['memcpy', 'wasm', 'tfjs/wasm', 'onnxruntime-web/wasm:graph']),
  );
  expect(report.results).toHaveLength(2 * names.length);
};
if (FULL) test.skipIf(firefox === undefined)('in Firefox', inFirefox);

test.each([
  [['--op', 'weightNorm'], '--op weightNorm is not known; expected all or one of batchNorm, layerNorm'],
  [['--mode', 'training,sideways'], '--mode sideways is not known'],
  [['--shape', '4096*768'], '--shape 4096*768: expected dimensions with x between them, as 4096x768'],
  [['--shape', '0x768'], '--shape 0x768: expected dimensions'],
  [['--dtype', 'int8'], '--dtype int8 is not known'],
  [['--residency', 'cloud'], '--residency cloud is not known'],
  [['--rounds', '0'], '--rounds 0: expected a whole number'],
  [['--adapter', 'torch'], '--adapter torch is not known'],
  [['--runtime', 'bun'], '--runtime bun is not known; expected node, deno, chromium or firefox'],
  [['--browser', 'chromium'], '--browser needs --runtime chromium or firefox'],
  [['--runtime', 'chromium', '--browser', 'nowhere'], '--browser nowhere: there is no such file'],
  [
    ['--runtime', 'chromium', '--remote', 'http://one,http://two'],
    '--remote: bench times in one browser; name one endpoint and one browser',
  ],
  [['--adapter', 'wasm', '--op', 'instanceNorm', '--shape', '5'], '--shape: x has rank 1'],
])('2 and a sentence for %j', async (args, sentence) => {
  const { status, stderr } = await benchIn(...args);
  expect(stderr).toContain(sentence);
  expect(status).toBe(2);
  expect(stderr).not.toContain('    at ');
});

test('--quiet prints the verdict only, and nothing on standard error', async () => {
  const { stdout, stderr } = await benchIn('--adapter', 'reference', ...TINY, '--quiet');
  expect(stdout).toMatch(/^Fastest, of 2 cases: .*\n$/);
  expect(stderr).toBe('');
});

test('Ctrl-C stops it between two samples: 130 and a sentence', async () => {
  const written = join(folder, 'stopped.json');
  const args = ['bench', '--adapter', 'reference', '--op', 'layerNorm', '--json', written];
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // The first table says that the run is under way.
  child.stdout.once('data', () => child.kill('SIGINT'));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(stderr).toBe('normlayers: stopped by Ctrl-C.\n');
  expect(code).toBe(130);
  const { partial, results } = JSON.parse(readFileSync(written, 'utf8'));
  expect([partial, results.length > 0]).toEqual(['stopped by Ctrl-C.', true]);
});

test('1 where an answer of ours is not accurate, 0 where only a native one is, 3 where what was asked for is missing', () => {
  const report = (
    adapter: string,
    kind: BenchResult['kind'],
    grade: BenchResult['grade'],
    absent: readonly string[] = [],
  ): BenchReport => ({
    cases: [
      {
        op: 'layerNorm',
        mode: 'inference',
        dtype: 'float32',
        shape: [1],
        residency: 'host',
        results: [{ adapter, kind, grade } as BenchResult],
        skipped: [],
      },
    ],
    unavailable: absent.map((name) => ({ adapter: name, reason: 'not installed' })),
  });
  expect(exitCodeOf(report('wasm', 'ours', 'ordinary'), ['all'])).toBe(1);
  expect(exitCodeOf(report('native:tfjs/wasm', 'native', 'wrong'), ['all'])).toBe(0);
  expect(exitCodeOf(report('wasm', 'ours', 'accurate', ['native:jax-js/wasm']), ['all'])).toBe(0);
  expect(exitCodeOf(report('wasm', 'ours', 'accurate', ['native:jax-js/wasm']), ['native:jax-js/wasm'])).toBe(
    3,
  );
});
