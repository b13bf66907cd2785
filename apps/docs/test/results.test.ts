import { readdirSync, readFileSync } from 'node:fs';
import { adapterReport, conformanceJson, generatedCases, runConformance } from '@normlayers/conformance';
import { referenceAdapter } from '@normlayers/core';
import { expect, test } from 'vitest';
import { condensedReport } from '../src/conformance/reports/condensed-report';
import { benchMatrix } from '../src/results/bench-matrix';
import { checkReport } from '../src/results/check-report';
import { resultsList } from '../src/results/results-list';
import { resultsMatrix } from '../src/results/results-matrix';
import { recordedBench } from '../src/speed/recorded-bench';

const folder = new URL('../results/', import.meta.url);
const report = async () => {
  const { cases } = await runConformance(referenceAdapter(), { op: 'rmsNorm' });
  return JSON.parse(
    JSON.stringify(
      conformanceJson({ runtime: 'node', node: '22.0.0' }, [
        adapterReport({ name: 'reference', kind: 'ours' }, cases),
      ]),
    ),
  );
};

test('every report that was sent has the schema', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    expect(() => checkReport(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))), name).not.toThrow();
  }
});

test('a report of the command passes the check, and what is bent says where', async () => {
  const good = await report();
  expect(checkReport(good).kind).toBe('conformance');
  expect(() => checkReport({ ...good, schema: 1 })).toThrow('schema is 1');
  expect(() => checkReport({ schema: 2, environment: {} })).toThrow('results is no list');
  good.adapters[0].cases[3].grade = 'fine';
  expect(() => checkReport(good)).toThrow('adapters[0].cases[3].grade is "fine"');
  const time = { adapter: 'wasm', op: 'layerNorm', mode: 'inference', residency: 'host', grade: 'accurate' };
  expect(() =>
    checkReport({ schema: 2, environment: {}, results: [{ ...time, medianMs: 1, timesMemcpy: -1 }] }),
  ).toThrow('results[0].timesMemcpy');
});

test('what was not run is told from what failed', async () => {
  const one = await report();
  one.adapters[0].cases[0].grade = 'wrong';
  one.adapters.push({
    name: 'webgpu',
    kind: 'ours',
    available: false,
    reason: 'no GPU',
    totals: {},
    cases: [],
  });
  const results = condensedReport(one, new Set(generatedCases().map(({ name }) => name)));
  const html = resultsList([{ name: 'somewhere', results }], 'en');
  expect(html).toContain('1 wrong');
  expect(html).toContain('<td>webgpu</td>');
  expect(html).toContain('not run');

  const runs = [
    { name: 'somewhere', results },
    { name: 'elsewhere', results: { ...results, adapters: [] } },
  ];
  const rows = resultsMatrix(runs, 'en').split('<tr ');
  const cells = (adapter: string) =>
    [
      ...rows
        .find((row) => row.startsWith(`data-adapter="${adapter}"`))!
        .matchAll(/class="(state-\w+)" title="([^"]*)"/g),
    ].map(([, state, title]) => `${state} ${title}`);
  expect(cells('reference')).toEqual([
    expect.stringMatching(/^state-wrong .*1 wrong/),
    'state-notRun not run',
  ]);
  expect(cells('webgpu')).toEqual(['state-notRun not run: no GPU', 'state-notRun not run']);
});

test('times of a device stand beside ours, in times of a copy; a wrong answer has no rank', () => {
  const time = { op: 'layerNorm', mode: 'inference', dtype: 'float32', residency: 'host', digits: 6.5 };
  const bench = (shape: number[], ...results: [string, number, string][]) => ({
    schema: 2,
    environment: { runtime: 'browser', userAgent: 'Mozilla/5.0 Firefox/140.0', cores: 8 },
    results: results.map(([adapter, timesMemcpy, grade]) => ({
      ...time,
      shape,
      adapter,
      timesMemcpy,
      grade,
      medianMs: 1,
    })),
  });
  const read = (json: unknown) => {
    const sent = checkReport(json);
    return sent.kind === 'bench' ? recordedBench(sent.report) : null;
  };
  const phone = bench(
    [4, 768],
    ['wasm', 2.5, 'accurate'],
    ['native:tfjs/wasm', 1.5, 'wrong'],
    ['native:tfjs/cpu', 40, 'ordinary'],
  );
  const html = benchMatrix(
    [
      { name: 'phone', bench: read(phone)! },
      { name: 'desk', bench: read(bench([8, 768], ['wasm', 3, 'accurate']))! },
    ],
    'en',
  );
  expect(html).toContain('Firefox 140.0 · 8 CPU threads');
  const [row] = html.split('<tr>').filter((part) => part.includes('layerNorm inference 4 × 768'));
  expect(row).toMatch(/ours 2.5 × .*wasm.*theirs 40 × .*tfjs\/cpu.*1 not ranked/);
  expect(row).toContain('<span class="state-notRun">not run</span>');
});
