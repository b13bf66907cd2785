import type { NormResult } from '@normlayers/core';
import { describe, expect, test } from 'vitest';
import { type CallForm, callOf } from '../src/cases/call-form';
import { type Grade, generatedCases, judge, runConformance, truthOfCall } from '../src/index';
import { type Plain, plainAdapter } from './plain-adapter';

const PLAIN: Readonly<Record<string, Plain>> = {
  'two passes, one number after the other': { variance: 'two-pass', sums: 'sequential' },
  'two passes, in pairs': { variance: 'two-pass', sums: 'pairwise' },
  "Welford's updates": { variance: 'welford', sums: 'sequential' },
};
const ONE_PASS: Plain = { variance: 'one-pass', sums: 'sequential' };

async function judged(plain: Plain, call: ReturnType<typeof callOf>) {
  return judge(
    (await plainAdapter({ round: Math.fround, ...plain }).run(call)) as NormResult,
    truthOfCall(call),
  );
}

/** Calls of different numbers: offset, elements a group and seed vary. */
function callAt(offset: number, n: number, seed: number, mode: CallForm['mode'], rows = 3) {
  return callOf(`seed ${seed}, ${n} at ${offset}`, {
    op: 'layerNorm',
    mode,
    dtype: 'float32',
    shape: [rows, n],
    gamma: true,
    beta: mode !== 'backward',
    element: (group, _place, normal) => (group % 2 === 0 ? offset : -offset) + normal,
  });
}

const OFFSETS = [0, 0.5, 10, 100, 1e3, 1e4];
const SIZES = [2, 5, 17, 128, 771, 4096];

describe.each(Object.entries(PLAIN))('a plain float32 program, %s', (_, plain) => {
  test('is ordinary or better in every generated float32 case up to offsets of 1e4, overflow and denormals aside', async () => {
    const cases = generatedCases().filter(
      ({ dtype, refusal, name }) =>
        dtype === 'float32' &&
        refusal === undefined &&
        !/scale 1e-40|offset 1000000|65536|256,256|128,128/.test(name),
    );
    const report = await runConformance(plainAdapter({ round: Math.fround, ...plain }), { cases });
    expect(report.cases.filter(({ grade }) => grade !== 'accurate' && grade !== 'ordinary')).toEqual([]);
    expect(report.totals.accurate + report.totals.ordinary).toBe(cases.length);
  });

  test('is ordinary or better whatever the seed, at a fifth of the bound at most', async () => {
    const unfit: string[] = [];
    let most = 0;
    for (const offset of OFFSETS) {
      for (const n of SIZES) {
        for (const seed of n > 1000 ? [1] : [1, 2, 3]) {
          const modes = n > 1000 ? (['training'] as const) : (['training', 'backward'] as const);
          for (const mode of modes) {
            const { grade, outputs } = await judged(plain, callAt(offset, n, seed, mode));
            most = Math.max(most, ...outputs.map(({ ordinaryUsed }) => ordinaryUsed));
            if (grade !== 'accurate' && grade !== 'ordinary')
              unfit.push(`${mode} ${n} at ${offset}: ${grade}`);
          }
        }
      }
    }
    expect(unfit).toEqual([]);
    expect(most).toBeLessThan(0.2);
  });
});

describe('E[x^2] - E[x]^2 in float32', () => {
  test.each([17, 128, 771, 4096])('is not ordinary from an offset of 10 on, %i elements', async (n) => {
    for (const [offset, seeds] of [
      [10, [1, 2]],
      [100, [1]],
      [1e4, [1]],
    ] as const) {
      for (const seed of seeds) {
        const rows = Math.max(16, Math.ceil(8192 / n));
        const { grade } = await judged(ONE_PASS, callAt(offset, n, seed, 'inference', rows));
        expect(['imprecise', 'wrong'], `${n} at ${offset}, seed ${seed}`).toContain(grade);
      }
    }
  });

  test('is accurate or ordinary about 0, where it is as good as any other', async () => {
    for (const n of SIZES)
      expect(await gradeOf(ONE_PASS, callAt(0, n, 1, 'inference'))).toMatch(/accurate|ordinary/);
  });
});

async function gradeOf(plain: Plain, call: ReturnType<typeof callOf>): Promise<Grade> {
  return (await judged(plain, call)).grade;
}

describe('at an offset of 1e6, where one rounding of each number leaves two digits at most', () => {
  test('a sum of 4096 in sequence has no digit left, and is wrong', async () => {
    for (const seed of [1, 2, 3]) {
      const { grade, outputs } = await judged(
        PLAIN['two passes, one number after the other'],
        callAt(1e6, 4096, seed, 'inference'),
      );
      expect([grade, outputs[0].digits < 1, outputs[0].heldDigits > 1]).toEqual(['wrong', true, true]);
    }
  });

  test('whatever is called accurate or ordinary has a digit, or has lost half of one at most', async () => {
    for (const plain of Object.values(PLAIN)) {
      for (const n of [5, 17, 128, 771]) {
        for (const seed of [1, 2, 3]) {
          const { outputs } = await judged(plain, callAt(1e6, n, seed, 'inference'));
          for (const { grade, digits, heldDigits } of outputs) {
            if (grade !== 'wrong') expect(digits >= 1 || heldDigits - digits <= 0.6).toBe(true);
          }
        }
      }
    }
  });

  test('centred twice, seven digits less three are right, and it is accurate', async () => {
    const { grade, outputs } = await judged({ variance: 'centred-twice' }, callAt(1e6, 771, 1, 'inference'));
    expect([grade, outputs[0].digits > 4]).toEqual(['accurate', true]);
  });
});
