import { referenceAdapter } from '@normlayers/core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AdapterReport,
  generatedCases,
  isNative,
  passes,
  reportMatrix,
  runConformance,
  toJson,
  toJUnit,
  unavailable,
} from '../src/index';
import { plainAdapter } from './plain-adapter';

const CASES = generatedCases().filter(({ name }) =>
  /^(layerNorm|rmsNorm) .*(offset|NaN|bad input)/.test(name),
);

let reference: AdapterReport;
let broken: AdapterReport;
let native: AdapterReport;
const absent = unavailable('tfjs/webgpu', 'needs a browser');

beforeAll(async () => {
  reference = await runConformance(referenceAdapter(), { cases: CASES });
  broken = await runConformance(plainAdapter({ name: 'plain/<"&>', withoutBeta: true, leakingNaN: true }), {
    cases: CASES,
  });
  native = await runConformance(
    plainAdapter({
      name: 'native:plain',
      round: Math.fround,
      variance: 'one-pass',
      supports: ({ op }) =>
        op === 'rmsNorm' ? { supported: false, reason: 'no operator' } : { supported: true, via: 'native' },
    }),
    { cases: CASES },
  );
});

test('a native adapter may fail, ours may not', () => {
  expect(native.totals.failed).toBeGreaterThan(0);
  expect([reference, broken, native, absent].map(passes)).toEqual([true, false, true, true]);
  expect(['native:tfjs/wasm', 'tfjs/wasm'].map(isNative)).toEqual([true, false]);
});

describe('JSON', () => {
  test('has the fields of the format', () => {
    const json = JSON.parse(JSON.stringify(toJson({ runtime: 'node' }, [reference, broken, native, absent])));
    expect(Object.keys(json)).toEqual(['schema', 'environment', 'adapters']);
    expect([json.schema, json.environment]).toEqual([1, { runtime: 'node' }]);
    expect(json.adapters[3]).toEqual({
      name: 'tfjs/webgpu',
      available: false,
      reason: 'needs a browser',
      totals: { passed: 0, failed: 0, unsupported: 0 },
      cases: [],
    });
    for (const { totals, cases } of json.adapters) {
      const count = (status: string) =>
        cases.filter((report: { status: string }) => report.status === status).length;
      expect(totals).toEqual({
        passed: count('passed'),
        failed: count('failed'),
        unsupported: count('unsupported'),
      });
      for (const report of cases) {
        expect(Object.keys(report).slice(0, 9).sort()).toEqual(
          expect.arrayContaining([
            'budgetUsed',
            'dtype',
            'maxAbsError',
            'mode',
            'name',
            'op',
            'status',
            'strict',
            'ulp',
          ]),
        );
        expect(typeof report.strict).toBe('boolean');
        if (report.status !== 'passed') expect(report.message).toBeTruthy();
        if (report.status === 'passed') expect(report.budgetUsed).toBeLessThanOrEqual(1);
      }
    }
  });

  test('a failure has figures where there are any, and null where there are none', () => {
    const offset = broken.cases.find(({ name }) => name === 'layerNorm inference float32 offset 1000');
    expect(offset).toMatchObject({ status: 'failed', output: 'y', budgetUsed: expect.any(Number) });
    const leak = broken.cases.find(({ name }) => name === 'layerNorm backward float32 NaN and Inf');
    expect(leak).toMatchObject({ status: 'failed', budgetUsed: null, maxAbsError: null });
  });

  test('a wrong answer may pass the rules of others', () => {
    const passed = native.cases.find(({ name }) => name === 'layerNorm inference float32 offset 1000');
    expect(passed).toMatchObject({ status: 'failed', wouldPass: { webnn: false, onnx: false, tfjs: false } });
  });
});

describe('JUnit XML', () => {
  test('is well-formed and counts as the report does', () => {
    const xml = toJUnit([reference, broken, native, absent]);
    const { elements } = parse(xml);
    const suites = elements.filter(({ name }) => name === 'testsuite');
    expect(suites.map(({ attributes }) => attributes.name)).toEqual([
      'reference',
      'plain/<"&>',
      'native:plain',
      'tfjs/webgpu',
    ]);
    expect(suites.map(({ attributes }) => Number(attributes.failures))).toEqual([
      0,
      broken.totals.failed,
      0,
      0,
    ]);
    expect(elements.filter(({ name }) => name === 'failure')).toHaveLength(broken.totals.failed);
    expect(elements.filter(({ name }) => name === 'testcase')).toHaveLength(3 * CASES.length + 1);
    expect(elements.filter(({ name }) => name === 'skipped')).toHaveLength(
      CASES.length - native.totals.passed + 1,
    );
  });

  test('messages survive quotes, angle brackets and control characters', () => {
    const report: AdapterReport = {
      ...reference,
      cases: [{ ...reference.cases[0], status: 'failed', message: 'a < "b" & c\u0000\u001b[31m\nd' }],
    };
    const { elements } = parse(toJUnit([report]));
    expect(elements.at(-1)?.attributes.message).toBe('a < "b" & c\uFFFD\uFFFD[31m d');
  });
});

/** Enough of an XML reader to see that tags nest and attributes are quoted and escaped. */
function parse(xml: string) {
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const body = xml.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>/, '');
  const rest = body.replace(
    /<(\/?)([a-z]+)((?: [a-z]+="[^"<>]*")*)(\/?)>/g,
    (_, close, name, list, empty) => {
      if (close) expect(open.pop()).toBe(name);
      else {
        const attributes = [...list.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]) => {
          expect(value.replace(/&(amp|lt|gt|quot);/g, '')).not.toContain('&');
          return [
            key,
            value.replace(
              /&(\w+);/g,
              (_e: string, e: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[e],
            ),
          ];
        });
        elements.push({ name, attributes: Object.fromEntries(attributes) });
        if (!empty) open.push(name);
      }
      return '';
    },
  );
  expect(rest.trim()).toBe('');
  expect(open).toEqual([]);
  return { elements };
}

describe('the matrix', () => {
  const leftOut = [
    { name: 'onnx/l1', reason: 'no moments' },
    { name: 'onnx/l2', reason: 'no moments' },
  ];

  test('says at a glance who passes what', () => {
    const text = reportMatrix([reference, broken, native, absent], { leftOut });
    const row = (start: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(start))
        ?.split(/ {2,}/);
    const count = (report: AdapterReport, status: string) =>
      report.cases.filter((c) => c.op === 'layerNorm' && c.mode === 'inference' && c.status === status)
        .length;
    const total = count(reference, 'passed');
    expect(row('layerNorm inference')).toEqual([
      'layerNorm inference',
      `${total}/${total}`,
      `${count(broken, 'passed')}/${total} ✗${count(broken, 'failed')}`,
      `${count(native, 'passed')}/${total} ✗${count(native, 'failed')}`,
    ]);
    expect(row('rmsNorm training')?.at(-1)).toBe('—');
    expect(text).toContain('tfjs/webgpu is not available here: needs a browser');
    expect(text).toContain(
      `plain/<"&> fails ${broken.totals.failed}\n  layerNorm inference float32 offset 1000\n    y[`,
    );
    expect(text).toContain(
      "Findings: what the frameworks' own operators fail (no failure of the run)\n  native:plain: ",
    );
    expect(text).toMatch(/Unsupported \(—\)\n {2}.+: native:plain \d+/);
    expect(text).toContain('Vectors left out\n  no moments: onnx/l1, onnx/l2');
    expect(text).not.toContain('\u001b');
  });

  test('colours do not move the columns', () => {
    const plain = reportMatrix([reference, broken, native]);
    const coloured = reportMatrix([reference, broken, native], { colour: true });
    expect(coloured).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  test('a run without failures is the matrix alone', () => {
    expect(reportMatrix([reference])).not.toMatch(/fails|Findings|left out/);
  });
});
