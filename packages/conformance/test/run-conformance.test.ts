import { type AdapterKind, referenceAdapter, tensor } from '@normlayers/core';
import type { NumberLimits } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';
import {
  type AdapterReport,
  conformanceCase,
  type Grade,
  generatedCases,
  type Progress,
  passes,
  runConformance,
} from '../src/index';
import { plainAdapter } from './plain-adapter';

const rms = generatedCases().filter(({ op, name }) => op === 'rmsNorm' && name.includes('offset'));

describe('the suite', () => {
  test('names are unique, and every call is built the same each time', () => {
    const names = generatedCases().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(generatedCases()).toBe(generatedCases());
  });

  test('every operation and mode is asked for in every type', () => {
    const asked = new Set(
      generatedCases()
        .filter(({ refusal }) => refusal === undefined)
        .map(({ op, mode, dtype }) => `${op} ${mode} ${dtype}`),
    );
    expect(asked.size).toBe(5 * 3 * 3);
  });

  test('each case says of its call what its call is', () => {
    for (const { name, op, mode, dtype, refusal, call } of generatedCases()) {
      if (refusal === undefined) expect([call.op, call.mode, call.x.dtype], name).toEqual([op, mode, dtype]);
    }
  });

  test('each regression cites its issue', () => {
    const cited = new Set(generatedCases().flatMap(({ cites }) => (cites === undefined ? [] : [cites])));
    const issues = ['tfjs/issues/1106', 'tfjs/issues/1773', 'tfjs/issues/2868'];
    issues.push('onnxruntime/issues/28463', 'onnxruntime/issues/31626', 'onnxruntime/issues/16867');
    issues.push(
      'pytorch/issues/51102',
      'pytorch/issues/19902',
      'pytorch/issues/40302',
      'pytorch/issues/41527',
      'pytorch/issues/4534',
    );
    for (const issue of issues)
      expect(
        [...cited].some((url) => url.endsWith(issue)),
        issue,
      ).toBe(true);
  });
});

describe('a run', () => {
  test('reports each case once, with figures and the verdicts of others', async () => {
    const { cases, totals, ...report } = await runConformance(referenceAdapter(), {
      op: 'layerNorm',
      case: 'offset',
    });
    expect(report).toEqual({ name: 'reference', kind: 'ours', available: true, asked: 'accurate' });
    expect(totals).toEqual({
      accurate: cases.length,
      ordinary: 0,
      imprecise: 0,
      wrong: 0,
      unsupported: 0,
    });
    const ordinary = cases.find((report) => report.name === 'layerNorm inference float32 offset 1000');
    expect(ordinary).toEqual({
      name: 'layerNorm inference float32 offset 1000',
      op: 'layerNorm',
      mode: 'inference',
      dtype: 'float32',
      grade: 'accurate',
      digits: expect.any(Number),
      heldDigits: expect.any(Number),
      budgetUsed: expect.any(Number),
      strict: true,
      ulp: expect.any(Number),
      maxAbsError: expect.any(Number),
      output: 'y',
      wouldPass: { webnn: true, onnx: true, tfjs: true },
    });
    // Rounded once: half an ulp at most.
    expect(ordinary?.ulp).toBeGreaterThan(0);
    expect(ordinary?.ulp).toBeLessThanOrEqual(0.5);
  });

  test('takes one operation or several', async () => {
    const options = { op: ['rmsNorm', 'groupNorm'], case: 'offset' } as const;
    const report = await runConformance(referenceAdapter(), options);
    expect(new Set(report.cases.map(({ op }) => op))).toEqual(new Set(['rmsNorm', 'groupNorm']));
    expect(report.cases.every(({ name }) => name.includes('offset'))).toBe(true);
  });

  test('tells of each case as it is done', async () => {
    const seen: Progress[] = [];
    const report = await runConformance(referenceAdapter(), {
      cases: rms,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.map(({ done }) => done)).toEqual(rms.map((_, i) => i + 1));
    expect(seen.every(({ total }) => total === rms.length)).toBe(true);
    expect(seen.map((progress) => progress.report)).toEqual(report.cases);
  });

  test('stops when aborted', async () => {
    const controller = new AbortController();
    let done = 0;
    const run = runConformance(referenceAdapter(), {
      cases: rms,
      signal: controller.signal,
      onProgress: () => {
        if (++done === 3) controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(done).toBe(3);
  });

  test('leaves the adapter open', async () => {
    const adapter = referenceAdapter();
    await runConformance(adapter, { cases: rms.slice(0, 2) });
    await expect(adapter.run(rms[0].call)).resolves.toHaveProperty('y');
  });

  test('vectors run beside the cases, and what is left out is in the report', async () => {
    const vector = (op: string) => ({
      name: op,
      source: 'onnx',
      op,
      attributes: { epsilon: 0, axis: -1 },
      inputs: [
        { name: 'X', dtype: 'float32', shape: [1, 2], data: [3, 3] },
        { name: 'W', dtype: 'float32', shape: [2], data: [1, 2] },
      ],
      outputs: [{ name: 'Y', dtype: 'float32', shape: [1, 2], data: [1, 2.1] }],
      rtol: 1e-3,
      atol: 0,
    });
    const report = await runConformance(referenceAdapter(), {
      cases: [],
      vectors: [vector('RMSNormalization'), vector('LpNormalization')],
    });
    expect(report.leftOut).toEqual([{ name: 'onnx/LpNormalization', reason: expect.any(String) }]);
    // 2.1 is no answer of RMS Norm: the vector's own tolerance is what fails it.
    expect(report.cases.map(({ grade, message }) => [grade, message])).toEqual([
      [
        'wrong',
        'y[0,1] is 2; the vector expects 2.1 (rtol 0.001, atol 0); float64 gives another number than the vector, too',
      ],
    ]);
  });

  test('a hand-written case', async () => {
    const byHand = conformanceCase({
      name: 'by hand',
      op: 'layerNorm',
      mode: 'inference',
      dtype: 'float32',
      tags: [],
      expected: { y: { values: Float64Array.of(-1, 1), tolerance: { kind: 'close', rtol: 0, atol: 0 } } },
      build: () => ({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 }),
    });
    const { totals } = await runConformance(referenceAdapter(), { cases: [byHand] });
    expect(totals.accurate).toBe(1);
  });

  test('what was asked for and is not there is an error', async () => {
    const run = (options: object) => runConformance(referenceAdapter(), options);
    await expect(run({ op: 'layernorm' })).rejects.toMatchObject({ code: 'unknown-op', argument: 'op' });
    await expect(run({ cases: [] })).rejects.toMatchObject({ code: 'missing-argument', argument: 'cases' });
    await expect(run({ cases: [], vectors: [] })).rejects.toMatchObject({ code: 'missing-argument' });
    await expect(run({ case: 'spectral' })).rejects.toMatchObject({
      code: 'missing-argument',
      argument: 'case',
      message: `none of the ${generatedCases().length} cases is one with 'spectral' in its name.`,
    });
  });

  test('ends at the first case that falls short, where that is asked for', async () => {
    const cases = generatedCases().filter(({ name }) => name.startsWith('layerNorm inference float32 ['));
    const adapter = plainAdapter({ withoutBeta: true });
    const report = await runConformance(adapter, { cases, stopAtFirst: true });
    expect(report.cases.slice(0, -1).every(({ grade }) => grade === 'accurate')).toBe(true);
    expect(report.cases.at(-1)?.grade).toBe('wrong');
    expect(report.cases.length).toBeLessThan(cases.length);
  });
});

describe('the grade that is asked for', () => {
  const cases = generatedCases().filter(({ name }) => name === 'layerNorm backward float32 offset 10000');
  const sequential = { round: Math.fround, variance: 'two-pass', sums: 'sequential' } as const;
  const reportOf = (kind: AdapterKind, grade?: Grade) =>
    runConformance(
      { ...plainAdapter(sequential), kind },
      { cases, ...(grade === undefined ? {} : { grade }) },
    );

  test('is ordinary of a stranger, accurate of ours, none of natives; accurate of anybody by choice', async () => {
    const reports = await Promise.all([
      reportOf('peer'),
      reportOf('ours'),
      reportOf('native'),
      reportOf('peer', 'accurate'),
    ]);
    expect(reports.map(({ asked, totals }) => [asked, totals.ordinary])).toEqual([
      ['ordinary', 1],
      ['accurate', 1],
      [null, 1],
      ['accurate', 1],
    ]);
    expect(reports.map(passes)).toEqual([true, false, true, false]);
  });
});

describe('declared limits', () => {
  const cases = generatedCases().filter(({ name }) =>
    /^rmsNorm inference float32 (scale|offset 1000$)/.test(name),
  );
  const limited = (limits: NumberLimits) => runConformance({ ...referenceAdapter(), limits }, { cases });
  const leftOut = ({ cases: reports }: AdapterReport) =>
    reports.flatMap(({ name, grade, unsupported }) =>
      grade === 'unsupported' ? [[name.slice('rmsNorm inference float32 '.length), unsupported]] : [],
    );

  test('cases with denormals are left out where these are flushed, with the reason', async () => {
    expect(leftOut(await limited({ denormals: 'flushed' }))).toEqual([
      ['scale 1e-40', { code: 'denormals-flushed' }],
      ['scale 1e-40 epsilon 0', { code: 'denormals-flushed' }],
    ]);
    expect(leftOut(await limited({ denormals: 'kept' }))).toEqual([]);
  });

  test('cases beyond the largest number are left out, with the reason', async () => {
    const report = await limited({ largest: 1e25 });
    expect(leftOut(report)).toEqual([['scale 1e+30', { code: 'beyond-largest', values: { largest: 1e25 } }]]);
    expect(report.cases.find(({ grade }) => grade === 'unsupported')?.message).toBe(
      'it does not compute with numbers beyond 1.0e+25 (limits.largest)',
    );
  });
});
