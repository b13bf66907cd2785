import { readdirSync, readFileSync } from 'node:fs';
import { adapterReport, conformanceJson, generatedCases, runConformance } from '@normlayers/conformance';
import { referenceAdapter } from '@normlayers/core';
import { expect, test } from 'vitest';
import { condensedReport } from '../src/conformance/reports/condensed-report';
import { checkReport } from '../src/results/check-report';
import { resultsList } from '../src/results/results-list';

const folder = new URL('../results/', import.meta.url);
const report = async () => {
  const { cases } = await runConformance(referenceAdapter(), { op: 'rmsNorm', mode: 'inference' } as never);
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
});
