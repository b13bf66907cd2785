import { referenceAdapter } from '@normlayers/core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AdapterReport,
  conformanceJson,
  GRADES,
  generatedCases,
  passes,
  reportMatrix,
  reportVerdict,
  runConformance,
  shortfalls,
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
const absent = unavailable({ name: 'tfjs/webgpu', kind: 'ours' }, 'needs a browser');

beforeAll(async () => {
  reference = await runConformance(referenceAdapter(), { cases: CASES });
  broken = await runConformance(plainAdapter({ name: 'plain/<"&>', withoutBeta: true, leakingNaN: true }), {
    cases: CASES,
  });
  native = await runConformance(
    plainAdapter({
      name: 'native:plain',
      kind: 'native',
      round: Math.fround,
      variance: 'one-pass',
      supports: ({ op }) =>
        op === 'rmsNorm' ? { supported: false, reason: 'no operator' } : { supported: true, via: 'native' },
    }),
    { cases: CASES },
  );
});

test('a native adapter is held to nothing, a stranger to ordinary, ours to accurate', () => {
  expect(native.totals.wrong).toBeGreaterThan(0);
  expect([reference, broken, native, absent].map(passes)).toEqual([true, false, true, true]);
  expect([reference, broken, native].map(({ asked }) => asked)).toEqual(['accurate', 'ordinary', null]);
  expect(shortfalls(broken).length).toBe(broken.totals.imprecise + broken.totals.wrong);
});

describe('JSON', () => {
  test('has the fields of the format', () => {
    const reports = [reference, broken, native, absent];
    const json = JSON.parse(JSON.stringify(conformanceJson({ runtime: 'node' }, reports)));
    expect(Object.keys(json)).toEqual(['schema', 'environment', 'adapters']);
    expect([json.schema, json.environment]).toEqual([2, { runtime: 'node' }]);
    expect(json.adapters[3]).toEqual({
      name: 'tfjs/webgpu',
      kind: 'ours',
      available: false,
      reason: 'needs a browser',
      asked: 'accurate',
      totals: { accurate: 0, ordinary: 0, imprecise: 0, wrong: 0, unsupported: 0 },
      cases: [],
    });
    for (const { totals, cases } of json.adapters) {
      const count = (grade: string) =>
        cases.filter((report: { grade: string }) => report.grade === grade).length;
      for (const grade of [...GRADES, 'unsupported']) expect(totals[grade]).toBe(count(grade));
      for (const report of cases) {
        expect(report).toMatchObject({
          name: expect.any(String),
          op: expect.any(String),
          mode: expect.any(String),
          dtype: expect.any(String),
          strict: expect.any(Boolean),
        });
        for (const figure of ['digits', 'heldDigits', 'budgetUsed', 'ulp', 'maxAbsError']) {
          expect(report[figure] === null || Number.isFinite(report[figure]), figure).toBe(true);
        }
        if (report.grade !== 'accurate') expect(report.message).toBeTruthy();
        if (report.grade === 'accurate') expect(report.budgetUsed).toBeLessThanOrEqual(1);
      }
    }
  });

  test('a failure has figures where there are any, null where there are none, and its faults survive JSON', () => {
    const offset = broken.cases.find(({ name }) => name === 'layerNorm inference float32 offset 1000');
    expect(offset).toMatchObject({
      grade: 'wrong',
      output: 'y',
      budgetUsed: expect.any(Number),
      digits: expect.any(Number),
    });
    const leak = broken.cases.find(({ name }) => name === 'layerNorm backward float32 NaN and Inf');
    expect(leak).toMatchObject({ grade: 'wrong', digits: 0, budgetUsed: null, maxAbsError: null });
    expect(leak?.faults?.[0]).toMatchObject({ kind: 'misplaced', output: 'dx', got: 'NaN' });
    expect(JSON.parse(JSON.stringify(broken.cases))).toEqual(broken.cases);
  });

  test('a wrong answer may pass the rules of others', () => {
    const passed = native.cases.find(({ name }) => name === 'layerNorm inference float32 offset 1000');
    expect(passed).toMatchObject({ grade: 'wrong', wouldPass: { webnn: false, onnx: false, tfjs: false } });
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
    const failed = shortfalls(broken).length;
    expect(suites.map(({ attributes }) => Number(attributes.failures))).toEqual([0, failed, 0, 0]);
    expect(elements.filter(({ name }) => name === 'failure')).toHaveLength(failed);
    expect(elements.filter(({ name }) => name === 'testcase')).toHaveLength(3 * CASES.length + 1);
    expect(elements.filter(({ name }) => name === 'skipped')).toHaveLength(
      CASES.length - native.totals.accurate + 1,
    );
  });

  test('messages survive quotes, angle brackets and control characters', () => {
    const report: AdapterReport = {
      ...reference,
      cases: [{ ...reference.cases[0], grade: 'wrong', message: 'a < "b" & c\u0000\u001b[31m\nd' }],
    };
    const { elements } = parse(toJUnit([report]));
    expect(elements.at(-1)?.attributes.message).toBe('wrong: a < "b" & c\uFFFD\uFFFD[31m d');
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

  const row = (text: string, start: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.split(/ {2,}/);

  test('says at a glance what is right: digits, and how many cases are of which grade', () => {
    const text = reportMatrix([reference, broken, native, absent], { leftOut });
    const cell = (report: AdapterReport) => {
      const here = report.cases.filter((c) => c.op === 'layerNorm' && c.mode === 'inference');
      const count = (grade: string) => here.filter((c) => c.grade === grade).length;
      const telling = here.flatMap(({ dtype, digits: d, heldDigits }) =>
        dtype !== 'float16' && d !== null && heldDigits! >= 3 ? [d] : [],
      );
      const digits = Math.min(...telling).toFixed(1);
      const marks = { '~': count('ordinary'), '!': count('imprecise'), '✗': count('wrong') };
      return [digits, ...Object.entries(marks).flatMap(([mark, n]) => (n > 0 ? [`${mark}${n}`] : []))].join(
        ' ',
      );
    };
    // The family of `plain/<"&>` has a block of its own.
    expect(row(text, 'layerNorm inference')).toEqual(['layerNorm inference', cell(reference), cell(native)]);
    expect(cell(reference)).toMatch(/^7\.\d$/);
    expect(cell(native)).toMatch(/^0\.0 .*✗\d$/);
    expect(row(text, 'rmsNorm training')?.at(-1)).toBe('—');
    expect(row(text, 'wrong')).toEqual(['wrong', String(native.totals.wrong)]);
    expect(text).toContain('tfjs/webgpu is not available here: needs a browser');
    expect(text).toContain(
      `plain/<"&> is not ordinary in ${shortfalls(broken).length}\n  layerNorm inference float32 offset 1000 is wrong\n    y[`,
    );
    expect(text).toContain(
      'look next at: --adapter plain/<"&> --case "layerNorm inference float32 offset 1000"',
    );
    expect(text).toContain(
      "Findings: where the frameworks' own operators are off by more than ordinary rounding (no failure)\n  native:plain\n",
    );
    expect(text).toMatch(/Unsupported \(—\)\n {2}.+: native:plain \d+/);
    expect(text).toContain('Vectors left out\n  no moments: onnx/l1, onnx/l2');
    expect(text).not.toContain('\u001b');
  });

  test('grades can be told apart without colour, and colours do not move the columns', () => {
    const plain = reportMatrix([reference, broken, native]);
    const coloured = reportMatrix([reference, broken, native], { colour: true });
    expect(coloured).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  test('a block of ten adapters with every mark fits 100 columns, and no column is lost', () => {
    const names = Array.from({ length: 10 }, (_, i) => `native:framework/backend:build${i}`);
    const many = names.map((name) => ({ ...native, name }));
    const blocks = reportMatrix(many).split('\n\n');
    const tables = blocks.slice(
      0,
      blocks.findIndex((block) => block.startsWith('Digits right')),
    );
    for (const line of tables.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    for (let i = 0; i < 10; i++) expect(tables.join('\n')).toContain(`build${i}`);
  });

  test('a run of accurate cases is the matrix alone', () => {
    expect(reportMatrix([reference])).not.toMatch(/is not|Findings|left out/);
  });
});

describe('the last line', () => {
  test('says whether the run passes, and of natives what is true', () => {
    expect(reportVerdict([reference, absent])).toBe('Passed: reference.');
    const { accurate, ordinary, imprecise, wrong } = native.totals;
    const taken = accurate + ordinary + imprecise + wrong;
    expect(reportVerdict([reference, native])).toBe(
      `Passed: reference. The frameworks' own operators are accurate or ordinary in ${accurate + ordinary} of the ${taken} cases that they take, ${
        imprecise === 0 ? '' : `off by more than ordinary rounding in ${imprecise}, `
      }unusable in ${wrong}.`,
    );
  });

  test('says of a failure what was asked for and what was found', () => {
    const wrong = broken.totals.wrong;
    const short = shortfalls(broken).length;
    expect(reportVerdict([broken])).toContain(
      `Failed: plain/<"&> is not ordinary in ${short} of ${CASES.length} cases: `,
    );
    expect(reportVerdict([broken])).toContain(`unusable in ${wrong}.`);
    expect(reportVerdict([{ ...native, cases: reference.cases }])).toMatch(
      /^The frameworks' own operators are accurate or ordinary in all \d+ cases that they take\.$/,
    );
  });
});
