import { expect, test } from 'vitest';
import {
  type BenchReport,
  type BenchResult,
  benchVerdict,
  caseTable,
  reportTables,
  toMarkdown,
} from '../src/index';

const result = (adapter: string, medianMs: number, rest: Partial<BenchResult> = {}): BenchResult => ({
  adapter,
  medianMs,
  p10Ms: medianMs,
  p90Ms: medianMs,
  timesMemcpy: medianMs,
  samples: 5,
  callsPerSample: 1,
  gbPerSecond: 10 / medianMs,
  kind: adapter === 'memcpy' ? null : adapter.startsWith('native:') ? 'native' : 'ours',
  grade: 'accurate',
  digits: 6.94,
  ...rest,
});

const where = { op: 'layerNorm', mode: 'inference', dtype: 'float32', residency: 'host' } as const;
const report: BenchReport = {
  cases: [
    {
      ...where,
      shape: [4096, 768],
      results: [
        result('memcpy', 1),
        result('wasm', 2),
        result('native:tfjs/wasm', 20),
        result('peer', 1, { grade: 'imprecise', digits: 3.2, message: 'y[0,1] is 4.1, expected 4' }),
        result('native:ort', 1.5, { grade: 'wrong', digits: 0.5, message: 'y[0,1] is 3, expected 4' }),
      ],
      skipped: [{ adapter: 'jax-js', reason: 'needs Node 22' }],
    },
    { ...where, shape: [1, 768], results: [result('wasm', 0.0012), result('memcpy', 0.002)], skipped: [] },
  ],
  unavailable: [{ adapter: 'tfjs/webgl', reason: 'needs a browser' }],
};

test('a table has the fastest on top, bars by speed, wrong answers below without a bar, and who is missing', () => {
  const lines = caseTable(report.cases[0], { barWidth: 20 }).split('\n');
  expect(lines[0]).toBe('layerNorm inference float32, host, [4096, 768]  x is 12.6 MB');
  expect(lines.slice(2).map((line) => line.trim().split(/\s+/)[0])).toEqual([
    'memcpy',
    'wasm',
    'native:tfjs/wasm',
    'peer',
    'native:ort',
    'jax-js',
  ]);
  const bars = lines.slice(2, 5).map((line) => line.replace(/[^▏▎▍▌▋▊▉█]/g, ''));
  expect(bars).toEqual(['█'.repeat(20), '█'.repeat(10), '█']);
  expect(lines[1]).toMatch(/GB\/s {2}digits$/);
  expect(lines[3]).toMatch(/ {5}6\.9 {2}█/);
  expect(lines[5]).toMatch(/ {5}3\.2 {2}█+ ! imprecise: y\[0,1\] is 4\.1, expected 4$/);
  expect(lines[6]).toContain('✗ wrong: y[0,1] is 3, expected 4');
  expect(lines[6]).not.toContain('█');
  expect(lines[7]).toContain('not timed: needs Node 22');
});

test('passes of a GPU have a column of their own, where any were counted', () => {
  const [first] = report.cases;
  const onGpu = { ...first, results: [result('memcpy', 1), result('tfjs/webgpu', 2, { passes: 2 })] };
  const lines = caseTable(onGpu).split('\n');
  expect(lines[1]).toMatch(/GB\/s {2}digits {2}passes$/);
  expect(lines[2]).toMatch(/^ {2}memcpy .* 10\.0 {18}█+$/);
  expect(lines[3]).toMatch(/^ {2}tfjs\/webgpu .* 5\.00 {5}6\.9 {7}2 {2}█+$/);
  expect(caseTable(first)).not.toContain('passes');
  const page = toMarkdown({ cases: [onGpu], unavailable: [] }, { command: 'c', environment: {} });
  expect(page).toContain('**2.00 ms (2.00x, 6.9 digits, 2 passes)**');
});

test('all tables, small times in microseconds, colours only where asked for', () => {
  const text = reportTables(report);
  expect(text).toContain('1.20 µs');
  expect(text).toContain('tfjs/webgl is not available here: needs a browser');
  expect(text).not.toContain('\u001b');
  expect(reportTables(report, { colour: true })).toContain('\u001b');
});

test('the verdict counts who was fastest, memcpy and wrong answers aside', () => {
  expect(benchVerdict(report)).toBe(
    'Fastest, of 2 cases: wasm 2. Not ranked, for their answers: imprecise 1, wrong 1.',
  );
  expect(benchVerdict({ cases: [], unavailable: [] })).toBe('Nothing that can be ranked ran in 0 cases.');
});

test('the Markdown page says how it was made and has a column for each shape', () => {
  const page = toMarkdown(report, { command: 'npx normlayers bench', environment: { CPU: 'abacus' } });
  expect(page).toContain('    npx normlayers bench\n');
  expect(page).toContain('| CPU | abacus |');
  expect(page).toContain('## layerNorm inference float32, host\n\n|  | 4096x768 | 1x768 |');
  expect(page).toContain('| `wasm` | **2.00 ms (2.00x, 6.9 digits)** | **1.20 µs (0.00x, 6.9 digits)** |');
  expect(page).toMatch(/\| `native:ort` \| ~~1\.50 ms \(1\.50x, 0\.5 digits\)~~<sup>\d<\/sup> \|/);
  expect(page).toMatch(/\| `jax-js` \| —<sup>(\d)<\/sup> \|/);
  expect(page).toContain('needs Node 22');
  expect(page).toContain('- `tfjs/webgl` is not available here: needs a browser');
});
