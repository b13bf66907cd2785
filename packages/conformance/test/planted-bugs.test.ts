import type { NormResult, Tensor } from '@normlayers/core';
import { describe, expect, test } from 'vitest';
import {
  type AdapterReport,
  type ConformanceCase,
  generatedCases,
  passes,
  runConformance,
} from '../src/index';
import { type Plain, plainAdapter } from './plain-adapter';

/** All but the few large ones, which a plain implementation takes long over. */
const CASES = generatedCases().filter(({ name }) => !/65536|256,256|128,128/.test(name));
const FLOAT32 = CASES.filter(({ dtype }) => dtype === 'float32');
const ORDINARY: Plain = { variance: 'centred-twice' };

async function run(plain: Plain, cases: readonly ConformanceCase[] = FLOAT32): Promise<AdapterReport> {
  return runConformance(plainAdapter({ ...ORDINARY, ...plain }), { cases, grade: 'accurate' });
}

function inaccurate({ cases }: AdapterReport) {
  return cases.filter(({ grade }) => grade !== 'accurate');
}

const doubled = (tensor: Tensor): Tensor => ({
  ...tensor,
  data: tensor.data.map((value) => value * 2) as Float32Array,
});

describe('a second implementation', () => {
  test('is accurate in everything as it stands', async () => {
    const report = await run({}, CASES);
    expect(inaccurate(report)).toEqual([]);
    expect(report.totals.accurate).toBe(CASES.length);
  });

  test('is accurate in float32 too, centred twice; but for denormals, which it does not scale', async () => {
    const cases = FLOAT32.filter(({ name }) => !name.includes('scale 1e-40'));
    const report = await run({ round: Math.fround }, cases);
    expect(inaccurate(report)).toEqual([]);
    expect(report.cases.filter(({ strict }) => strict).length).toBeGreaterThan(0.98 * cases.length);
  });
});

/** Each with a part of the suite that must catch it. */
const PLANTED: readonly (readonly [string, Plain, RegExp])[] = [
  ['epsilon outside the root', { epsilonOutsideRoot: true }, /Norm inference .*epsilon 0.001/],
  ['unbiased variance', { variance: 'unbiased' }, /Norm training /],
  ['momentum reversed', { momentumReversed: true }, /running statistics/],
  ['dx without its x-hat term', { withoutXhatTerm: true }, /Norm backward /],
  ['channel axis off by one', { channelAxisOff: true }, /batchNorm inference float32 tfjs #1106/],
  ['beta dropped', { withoutBeta: true }, /beta/],
  ['NaN leaking to the next row', { leakingNaN: true }, /NaN and Inf/],
  ['a supported call refused', { supports: flickering() }, /^/],
  [
    'a gradient twice as large',
    { spoil: (results) => (results.dgamma ? { ...results, dgamma: doubled(results.dgamma) } : results) },
    /Norm backward /,
  ],
  ['an output forgotten', { spoil: ({ mean: _, ...rest }) => rest }, /layerNorm training/],
  [
    'an output too many',
    { spoil: (results) => ({ ...results, mean: results.y ?? results.dx }) as NormResult },
    /inference/,
  ],
  [
    'the input overwritten',
    {
      spoil: (results, { x }) => {
        x.data.fill(0);
        return results;
      },
    },
    /./,
  ],
  [
    'an error that is no NormError',
    {
      spoil: () => {
        throw new RangeError('out of registers');
      },
    },
    /./,
  ],
];

/** Says yes and then no of every call: prepare asks a second time. */
function flickering(): NonNullable<Plain['supports']> {
  let asked = 0;
  return () =>
    asked++ % 2 === 0
      ? { supported: true, via: 'composed' }
      : { supported: false, reason: 'not in the mood' };
}

describe('planted bugs are caught in the part of the suite that must catch them, none better than imprecise', () => {
  test.each(PLANTED)('%s', async (bug, plain, where) => {
    const there = FLOAT32.filter(({ name }) => where.test(name));
    // Built anew, so that what a bug writes over is nobody else's input.
    const cases =
      bug === 'the input overwritten'
        ? there.slice(0, 1).map((testCase) => ({ ...testCase, call: structuredClone(testCase.call) }))
        : there;
    const adapter = plainAdapter({ ...ORDINARY, ...plain });
    const report = await runConformance(adapter, { cases, grade: 'ordinary', stopAtFirst: true });
    const last = report.cases.at(-1);
    expect(['imprecise', 'wrong']).toContain(last?.grade);
    expect(last?.message).toBeTruthy();
    expect(last?.faults).not.toEqual([]);
    expect(passes(report)).toBe(false);
  });

  test('single-pass float32 variance is unusable where centring is accurate', async () => {
    const cases = FLOAT32.filter(({ name }) =>
      /^(batch|layer|instance|group)Norm \w+ float32 offset/.test(name),
    );
    const onePass = await run({ round: Math.fround, variance: 'one-pass' }, cases);
    const centred = await run({ round: Math.fround }, cases);
    expect(cases).toHaveLength(36);
    // Inference of Batch Norm takes no statistics of its own.
    expect(onePass.totals).toMatchObject({ accurate: 3, ordinary: 0, wrong: 33 });
    expect(centred.totals.accurate).toBe(36);
  });

  test('support claimed in words only', async () => {
    const unsupported: Plain = {
      supports: () => ({ supported: false, reason: 'no such kernel', issue: 'example #1', code: 'kernel' }),
    };
    const honest = await run(unsupported);
    expect(honest.totals).toMatchObject({ ordinary: 0, imprecise: 0, wrong: 0 });
    const first = honest.cases.find(({ grade }) => grade === 'unsupported');
    expect(first).toMatchObject({ message: 'no such kernel (example #1)', unsupported: { code: 'kernel' } });

    const adapter = plainAdapter(ORDINARY);
    const careless = await runConformance(
      { ...adapter, supports: unsupported.supports! },
      { cases: FLOAT32.slice(0, 3) },
    );
    expect(careless.totals.wrong).toBe(3);
    expect(careless.cases[0]).toMatchObject({
      message: 'supports() says no (no such kernel), but run() returned results',
      faults: [{ kind: 'computed', reason: 'no such kernel', error: null }],
    });
  });

  test('what is right in one layout only', async () => {
    const report = await run({
      spoil: (results, call) =>
        'layout' in call && call.layout === 'channels-last' && results.y
          ? { ...results, y: doubled(results.y) }
          : results,
    });
    const inOther = inaccurate(report).filter(({ message }) => message?.startsWith('in the other layout: y'));
    expect(inOther.length).toBeGreaterThan(50);
    expect(inOther.every(({ name }) => !name.includes('channels-last'))).toBe(true);
    expect(inOther.every(({ faults }) => faults?.[0]?.otherLayout === true)).toBe(true);
  });

  test('bad input let through', async () => {
    const adapter = plainAdapter(ORDINARY);
    const report = await runConformance(
      { ...adapter, run: async () => ({}) as never },
      { cases: CASES.filter(({ refusal, misuse }) => refusal !== undefined && misuse === undefined) },
    );
    expect(report.totals.wrong).toBe(report.cases.length);
    expect(report.cases[0].message).toBe(
      "expected a NormError with code 'parameter-length'; nothing was thrown",
    );
  });
});
