import { type NormCall, type OutputName, type Tensor, tensor } from '@normlayers/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultText, judge as judged, truthOfCall } from '../src/index';
import { storedAs, ulpDistance, ulpOf } from '../src/judging/number-format';

/** Judges, with the faults in words. */
const judge = (...given: Parameters<typeof judged>) => ({ faults: judged(...given).faults.map(faultText) });

const u = 2 ** -24;
const layer = (extra: object = {}): NormCall =>
  ({ op: 'layerNorm', mode: 'training', x: tensor([1, 3], [1, 2]), epsilon: 0, ...extra }) as NormCall;

function tolerance(call: NormCall, output: OutputName) {
  const { budget, strict } = truthOfCall(call)[output]!;
  return { budget: [...budget], strict: [...strict] };
}

const inU = (values: number[]) => values.map((value) => value / u);

// x = [1, 3]: mean 2, invStd 1, x-hat [-1, 1], kappa = mean(abs(x)) * invStd = 2, so shift = 16 u; sqrt(n) / 2 = 0.7071.
describe('the rule by hand', () => {
  const perNatural = 16 + Math.SQRT1_2;

  test('y without parameters', () => {
    const { budget, strict } = tolerance(layer(), 'y');
    expect(inU(budget)).toEqual([expect.closeTo(perNatural + 16 + 2), expect.closeTo(perNatural + 16 + 2)]);
    expect(inU(strict)).toEqual([18, 18]);
  });

  test('y with gamma 2 and beta -3: natural 5, through x-hat 2 * 16 u', () => {
    const call = layer({ gamma: tensor([2, 2]), beta: tensor([-3, -3]) });
    const { budget, strict } = tolerance(call, 'y');
    // y = [-5, -1]: one ulp of 5 is 8 u, of 1 it is 2 u.
    expect(inU(budget)).toEqual([
      expect.closeTo(5 * perNatural + 32 + 8),
      expect.closeTo(5 * perNatural + 32 + 2),
    ]);
    expect(inU(strict)).toEqual([5 * 16 + 8, 5 * 16 + 8]);
  });

  test('mean and invStd', () => {
    expect(inU(tolerance(layer(), 'mean').budget)).toEqual([expect.closeTo(2 * perNatural + 4)]);
    expect(inU(tolerance(layer(), 'invStd').budget)).toEqual([expect.closeTo(perNatural + 16 + 2, 4)]);
  });

  test('gradients of dy = [1, 0]', () => {
    const call = layer({ mode: 'backward', dy: tensor([1, 0], [1, 2]) });
    // dx = [0, 0] by cancellation; natural 1 + 1/2 + 1/2 and 0 + 1/2 + 1/2; through 16 u * (1/2 + 1/2 + natural).
    expect(inU(tolerance(call, 'dx').budget)).toEqual([
      expect.closeTo(2 * perNatural + 16 * 3),
      expect.closeTo(perNatural + 16 * 2),
    ]);
    expect(inU(tolerance(call, 'dgamma').budget)).toEqual([
      expect.closeTo(perNatural + 16 + 2),
      expect.closeTo(0),
    ]);
    expect(inU(tolerance(call, 'dbeta').budget)).toEqual([expect.closeTo(perNatural + 2), expect.closeTo(0)]);
  });

  test('given statistics: n = 0, kappa = abs(mean) * invStd', () => {
    const call: NormCall = {
      op: 'batchNorm',
      mode: 'inference',
      x: tensor([10001], [1, 1]),
      mean: tensor([10000]),
      variance: tensor([1]),
      epsilon: 0,
    };
    expect(inU(tolerance(call, 'y').budget)).toEqual([expect.closeTo(16 + 8e4 + 2)]);
  });

  test('running statistics: keep and take weigh their parts', () => {
    const call: NormCall = {
      op: 'batchNorm',
      mode: 'training',
      x: tensor([1, 3], [2, 1]),
      epsilon: 0,
      runningMean: tensor([-4]),
      runningVar: tensor([8]),
      convention: 'keras',
      momentum: 0.5,
    };
    // Mean: 4 / 2 + 2 / 2; the result, -1, has an ulp of 2 u. Variance: 8 / 2 + 1 / 2, through 2 * (8 u * 2) / 2; 4.5: 8 u.
    expect(inU(tolerance(call, 'runningMean').budget)).toEqual([expect.closeTo(3 * perNatural + 2)]);
    expect(inU(tolerance(call, 'runningVar').budget)).toEqual([expect.closeTo(4.5 * perNatural + 16 + 8, 3)]);
  });

  test('float16: its own roundoff for what is rounded to it, that of float32 for the arithmetic', () => {
    const x: Tensor = { dtype: 'float16', shape: [1, 2], data: storedAs([1, 3], 'float16') };
    const call = layer({ x });
    const expected = 16 * 2 ** -11 + u * (Math.SQRT1_2 + 16) + 2 ** -10;
    expect(tolerance(call, 'y').budget).toEqual([expect.closeTo(expected, 12), expect.closeTo(expected, 12)]);
    expect(inU(tolerance(call, 'mean').budget)).toEqual([expect.closeTo(2 * perNatural + 4)]);
  });

  test('RMS Norm takes no mean off, so its x-hat cannot be off through one', () => {
    const call: NormCall = { op: 'rmsNorm', mode: 'inference', x: tensor([3, 3], [1, 2]), epsilon: 0 };
    expect(inU(tolerance(call, 'y').budget)).toEqual([
      expect.closeTo(perNatural + 2),
      expect.closeTo(perNatural + 2),
    ]);
  });

  test('a constant row is exactly beta', () => {
    const call = layer({ x: tensor([7, 7], [1, 2]), beta: tensor([0.5, 0.1]) });
    expect(tolerance(call, 'y').budget).toEqual([2 ** -25, 2 ** -28]);
  });

  test('a denormal result is not asked for more than its type holds', () => {
    const call = layer({ gamma: tensor([2 ** -140, 2 ** -140]) });
    expect(tolerance(call, 'y').budget[0]).toBeGreaterThanOrEqual(2 ** -149);
    expect(judge(results(call, 'y', [-(2 ** -140) + 2 ** -149, 2 ** -140]), only(call, 'y')).faults).toEqual(
      [],
    );
  });
});

function only(call: NormCall, output: OutputName) {
  return { [output]: truthOfCall(call)[output]! };
}

function results(call: NormCall, output: OutputName, values: number[]) {
  const { dtype, shape } = truthOfCall(call)[output]!;
  return { [output]: { dtype, shape, data: storedAs(values, dtype) } };
}

describe('what is not a number', () => {
  const call = layer({ x: tensor([NaN, 1, 1, 3], [2, 2]), mode: 'inference' });
  const verdict = (values: number[]) => judge(results(call, 'y', values), only(call, 'y'));

  test('NaN must be NaN', () => {
    expect(verdict([NaN, NaN, -1, 1]).faults).toEqual([]);
    expect(verdict([0, NaN, -1, 1]).faults).toEqual(['y[0,0] is 0, expected NaN']);
    expect(verdict([Infinity, NaN, -1, 1]).faults).toHaveLength(1);
    expect(verdict([NaN, NaN, NaN, 1]).faults).toEqual(['y[1,0] is NaN, expected -1']);
  });

  test('a statistic of a group with NaN or Inf may be what the formula gives, but no other number', () => {
    const training = layer({ x: tensor([-Infinity, 1, 1, 3], [2, 2]) });
    const faultsOf = (output: OutputName, first: number, second: number) =>
      judge(results(training, output, [first, second]), only(training, output)).faults;
    for (const mean of [NaN, -Infinity]) expect(faultsOf('mean', mean, 2)).toEqual([]);
    for (const invStd of [NaN, 0]) expect(faultsOf('invStd', invStd, 1)).toEqual([]);
    expect(faultsOf('mean', 0, 2)).toEqual(['mean[0,0] is 0, expected NaN']);
    expect(faultsOf('invStd', 1, 1)).toEqual(['invStd[0,0] is 1, expected NaN']);
  });

  test('Inf must be the same Inf', () => {
    const infinite: NormCall = {
      op: 'batchNorm',
      mode: 'inference',
      x: tensor([Infinity, 1], [2, 1]),
      mean: tensor([0]),
      variance: tensor([1]),
      epsilon: 0,
    };
    const faultsOf = (values: number[]) => judge(results(infinite, 'y', values), only(infinite, 'y')).faults;
    expect(faultsOf([Infinity, 1])).toEqual([]);
    expect(faultsOf([-Infinity, 1])).toHaveLength(1);
    expect(faultsOf([3.4e38, 1])).toHaveLength(1);
    expect(faultsOf([NaN, 1])).toHaveLength(1);
    expect(faultsOf([Infinity, Infinity])).toHaveLength(1);
  });

  test('invStd of a constant row with epsilon 0 is not judged', () => {
    const constant = layer({ x: tensor([7, 7], [1, 2]) });
    for (const value of [Infinity, 1e30, NaN]) {
      expect(judge(results(constant, 'invStd', [value]), only(constant, 'invStd')).faults).toEqual([]);
    }
  });
});

describe('form', () => {
  const call = layer({ mode: 'inference' });
  const truth = truthOfCall(call);
  const y = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(-1, 1) } as const;

  test.each([
    ['missing', {}, 'y is missing'],
    ['extra', { y, mean: y }, 'mean was returned, which this call does not give'],
    ['of another shape', { y: { ...y, shape: [2] } }, 'y has shape [2]; expected [1,2]'],
    [
      'of another type',
      { y: { ...y, dtype: 'float64', data: new Float64Array(2) } as Tensor },
      'y is float64; expected float32',
    ],
    ['too short', { y: { ...y, data: new Float32Array(1) } }, 'y has 1 elements; its shape needs 2'],
  ])('an output that is %s', (_, given, fault) => {
    expect(judge(given, truth).faults).toEqual([fault]);
  });
});

describe('numbers of a type', () => {
  const bits = new DataView(new ArrayBuffer(4));
  const float32 = fc.integer({ min: 0, max: 0x7f7ffffe }).map((pattern) => {
    bits.setUint32(0, pattern);
    const value = bits.getFloat32(0);
    bits.setUint32(0, pattern + 1);
    return { value, next: bits.getFloat32(0), pattern };
  });

  test('one ulp is the way to the next float32', () => {
    fc.assert(fc.property(float32, ({ value, next }) => value + ulpOf(value, 'float32') === next));
  });

  test('the distance in ulps is the difference of the bit patterns', () => {
    fc.assert(
      fc.property(float32, float32, (a, b) => {
        expect(ulpDistance(a.value, b.value, 'float32')).toBe(Math.abs(a.pattern - b.pattern));
        expect(ulpDistance(a.value, -b.value, 'float32')).toBe(a.pattern + b.pattern);
      }),
    );
  });

  test('float16 counts its own steps', () => {
    expect(ulpOf(1000, 'float16')).toBe(0.5);
    expect(ulpOf(0, 'float16')).toBe(2 ** -24);
    expect(ulpDistance(1000, 1001.5, 'float16')).toBe(3);
    expect(ulpDistance(-(2 ** -24), 2 ** -24, 'float16')).toBe(2);
  });
});
