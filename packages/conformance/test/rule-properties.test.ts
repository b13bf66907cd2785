import { type NormCall, type NormResult, type Tensor, tensor } from '@normlayers/core';
import { attributesOf, mapTensors } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callOf } from '../src/cases/call-form';
import { type Judgement, judge, truthOfCall } from '../src/index';

const N = 12;
const form = fc.record({
  seed: fc.nat(),
  mode: fc.constantFrom('inference', 'training', 'backward' as const),
  op: fc.constantFrom('layerNorm', 'rmsNorm' as const),
  offset: fc.constantFrom(0, 3, 1e3),
  /** How far off the planted results are, in float32 roundoffs of the largest. */
  error: fc.constantFrom(0, 2, 60, 3e3, 1e5, 1e7),
});
type Form = typeof form extends fc.Arbitrary<infer F> ? F : never;

/** A call of float32; scaling by powers of two and permuting round nothing. */
function callFor({ seed, mode, op, offset }: Form): NormCall {
  return callOf(`seed ${seed}`, {
    op,
    mode,
    dtype: 'float32',
    shape: [2, N],
    gamma: true,
    beta: op === 'layerNorm' && mode !== 'backward',
    epsilon: 0,
    element: (_group, _place, normal) => offset + normal,
  });
}

/** The truth, off by a share of the largest result in every third element. */
function spoilt(call: NormCall, error: number): NormResult {
  return Object.fromEntries(
    Object.entries(truthOfCall(call)).map(([name, { dtype, shape, values }]) => {
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const off = values.map((value, i) => value + (i % 3 === 0 ? error * 2 ** -24 * largest : 0));
      return [name, { dtype, shape, data: Float32Array.from(off) }];
    }),
  );
}

const summary = ({ grade, outputs }: Judgement) => ({
  grade,
  outputs: outputs.map(({ output, grade: of, digits }) => [output, of, Math.round(digits * 4)]),
});

function mapped(tensors: NormResult, change: (t: Tensor, name: string) => Tensor): NormResult {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, change(t, name)]));
}

const scaledBy =
  (factor: number) =>
  ({ dtype, shape, data }: Tensor): Tensor => ({
    dtype,
    shape,
    data: (data as Float32Array).map((value) => value * factor),
  });

describe('the rule itself', () => {
  test('scaling x by a power of two changes no grade and no digit', () => {
    // y stays, the mean scales with x; invStd, dx and invRms the other way; dgamma and dbeta stay.
    const powers: Readonly<Record<string, number>> = { mean: 1, invStd: -1, invRms: -1, dx: -1 };
    fc.assert(
      fc.property(form, fc.integer({ min: -20, max: 20 }), (given, exponent) => {
        const call = callFor(given);
        const results = spoilt(call, given.error);
        const larger = mapTensors(call, (t, name) => (name === 'x' ? scaledBy(2 ** exponent)(t) : t));
        const theirs = mapped(results, (t, name) => scaledBy(2 ** (exponent * (powers[name] ?? 0)))(t));
        expect(summary(judge(theirs, truthOfCall(larger)))).toEqual(
          summary(judge(results, truthOfCall(call))),
        );
      }),
    );
  });

  test('permuting the elements of a group, and their parameters, changes no grade and no digit', () => {
    fc.assert(
      fc.property(form, fc.shuffledSubarray([...Array(N).keys()], { minLength: N }), (given, order) => {
        const permuted = ({ dtype, shape, data }: Tensor): Tensor => ({
          dtype,
          shape,
          data:
            data.length % N === 0
              ? (data as Float32Array).map((_, i) => data[Math.floor(i / N) * N + order[i % N]])
              : data,
        });
        const call = callFor(given);
        const results = spoilt(call, given.error);
        expect(summary(judge(mapped(results, permuted), truthOfCall(mapTensors(call, permuted))))).toEqual(
          summary(judge(results, truthOfCall(call))),
        );
      }),
    );
  });

  test("flipping gamma's sign, and beta's, flips y and dx and changes no grade and no digit", () => {
    fc.assert(
      fc.property(form, (given) => {
        const call = callFor(given);
        const results = spoilt(call, given.error);
        const flipped = mapTensors(call, (t, name) =>
          name === 'gamma' || name === 'beta' ? scaledBy(-1)(t) : t,
        );
        const theirs = mapped(results, (t, name) => (name === 'y' || name === 'dx' ? scaledBy(-1)(t) : t));
        expect(summary(judge(theirs, truthOfCall(flipped)))).toEqual(
          summary(judge(results, truthOfCall(call))),
        );
      }),
    );
  });

  test('a larger error has no better grade and no more digits', () => {
    const errors = fc.double({ min: 0, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(form, errors, errors, (given, a, b) => {
        const call = callFor(given);
        const truth = truthOfCall(call);
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((error) =>
          judge(spoilt(call, error), truth),
        );
        const rank = ({ grade }: Judgement) => ['accurate', 'ordinary', 'imprecise', 'wrong'].indexOf(grade);
        expect(rank(large)).toBeGreaterThanOrEqual(rank(small));
        large.outputs.forEach(({ digits }, i) => {
          expect(digits).toBeLessThanOrEqual(small.outputs[i].digits + 0.5);
        });
      }),
    );
  });

  test('the bounds are nested: strict and accurate results are ordinary, of all but constant groups', () => {
    fc.assert(
      fc.property(form, (given) => {
        for (const { budget, ordinary, scale, condition } of Object.values(truthOfCall(callFor(given)))) {
          budget.forEach((most, i) => {
            expect(most).toBeLessThanOrEqual(ordinary[i]);
            expect(scale[i]).toBeGreaterThanOrEqual(0);
            expect(condition[i]).toBeGreaterThanOrEqual(0);
          });
        }
      }),
    );
  });
});

describe('grades by hand', () => {
  // x = [1, 3]: x-hat [-1, 1], kappa 2, n 2: the budget of y is 16 + 0.71 + 16 + 2 roundoffs, the ordinary bound
  // (2 + 16) * 3 + 2 = 56, three digits are right up to 1e-3.
  const call: NormCall = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 };
  const truth = truthOfCall(call);
  const u = 2 ** -24;
  const verdict = (error: number) => {
    const { grade, outputs } = judge({ y: tensor(Float32Array.of(-1, 1 + error), [1, 2]) }, truth);
    return [grade, Number(outputs[0].digits.toFixed(1))];
  };

  test('each has its place', () => {
    expect(truth.y?.ordinary[1]).toBeCloseTo(56 * u, 12);
    expect(verdict(0)).toEqual(['accurate', 7.2]);
    expect(verdict(34 * u)).toEqual(['accurate', 5.7]);
    expect(verdict(36 * u)).toEqual(['ordinary', 5.7]);
    expect(verdict(56 * u)).toEqual(['ordinary', 5.5]);
    expect(verdict(58 * u)).toEqual(['imprecise', 5.5]);
    expect(verdict(0.9e-3)).toEqual(['imprecise', 3]);
    expect(verdict(1.1e-3)).toEqual(['wrong', 3]);
    expect(verdict(2)).toEqual(['wrong', 0]);
    expect(verdict(NaN)).toEqual(['wrong', 0]);
  });

  test('what is not in the outside tolerance is imprecise at best, wrong where the truth is not in it either', () => {
    const tolerance = { kind: 'close', rtol: 1e-7, atol: 0 } as const;
    const with_ = (expected: number[], got: number[]) =>
      judge({ y: tensor(got, [1, 2]) }, truth, { y: { values: Float64Array.from(expected), tolerance } });
    expect(with_([-1, 1], [-1, 1 + 4 * u]).grade).toBe('imprecise');
    expect(with_([-1, 1.5], [-1, 1.5]).grade).toBe('wrong');
    expect(with_([-1, 1.5], [-1, 1]).faults).toMatchObject([
      { kind: 'outside', index: 1, truthAgrees: false },
    ]);
    expect(attributesOf(call)).toEqual({ epsilon: 0 });
  });
});
