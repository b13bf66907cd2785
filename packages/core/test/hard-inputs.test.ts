// Inputs that float32 formulas get wrong, against exact arithmetic: large offsets, huge and tiny numbers, constant rows,
// NaN and Infinity, empty batches. A result is allowed half an ulp of its type (the one rounding), 16 rounding errors of
// float64 (the arithmetic before it) and 2 of the row's largest xhat (the mean's, which every element shares).
import { type DType, type NormCall, type NormResult, type Tensor, tensor } from '@normlayers/core';
import { compute, sizeOf } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';
import { exactAffine, exactFixed, exactGroup } from './exact-arithmetic';
import { float64, normals, numbers, of } from './tensors';

const GAMMA = 1.5;
const BETA = -0.25;
const U64 = 2 ** -53;
const PRECISION = { float64: [53, -1022], float32: [24, -126], float16: [11, -14] } as const;
const LARGEST = { float64: Number.MAX_VALUE, float32: 2 ** 128 - 2 ** 104, float16: 65504 };

function halfUlp(dtype: DType, value: number): number {
  const [bits, smallest] = PRECISION[dtype];
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), smallest);
  return Math.max(2 ** (exponent - bits), Number.MIN_VALUE);
}

type Op = NormCall['op'];
const OPS: Op[] = ['layerNorm', 'rmsNorm', 'instanceNorm', 'groupNorm', 'batchNorm'];

/** A call for which all of `row` (an even number of values) shares one mean. */
function callOn(op: Op, row: Tensor, parameters: readonly number[], epsilon: number): NormCall {
  const n = row.data.length;
  const shape = {
    layerNorm: [1, n],
    rmsNorm: [1, n],
    instanceNorm: [1, 1, n],
    groupNorm: [1, 2, n / 2],
    batchNorm: [n, 1],
  }[op];
  const count = { layerNorm: n, rmsNorm: n, instanceNorm: 1, groupNorm: 2, batchNorm: 1 }[op];
  const filled = (value: number) => of(row.dtype, new Array<number>(count).fill(value));
  const [gamma, beta] = parameters;
  return {
    op,
    mode: 'training',
    x: { ...row, shape },
    epsilon,
    ...(op === 'groupNorm' ? { groups: 1 } : {}),
    ...(gamma === undefined ? {} : { gamma: filled(gamma) }),
    ...(beta === undefined || op === 'rmsNorm' ? {} : { beta: filled(beta) }),
  } as NormCall;
}

function checkAgainstExact(op: Op, row: Tensor, epsilon: number): void {
  const { dtype } = row;
  const values = numbers(row);
  const { xhat, mean, invStd } = exactGroup(values, epsilon, op !== 'rmsNorm');
  for (const parameters of [[], [GAMMA], [GAMMA, BETA]]) {
    const result = compute(callOn(op, row, parameters, epsilon)) as NormResult;
    const beta = op === 'rmsNorm' ? 0 : (parameters[1] ?? 0);
    const gamma = parameters[0] ?? 1;
    const largestScaled = Math.max(...xhat.map((value) => exactAffine(value, gamma, 0).size));
    numbers(result.y).forEach((actual, i) => {
      const { value, size, errorOf } = exactAffine(xhat[i], gamma, beta);
      const allowed = halfUlp(dtype, value) + U64 * (16 * size + 2 * largestScaled);
      if (!(errorOf(actual) <= allowed)) {
        expect.fail(`${op} ${dtype}: y[${i}] is ${actual}, exactly ${value}, allowed ${allowed}`);
      }
    });
    const stored = dtype === 'float16' ? 'float32' : dtype;
    const [actual] = numbers(result.invStd ?? result.invRms);
    if (invStd > LARGEST[stored]) expect(actual).toBe(Infinity);
    else expect(Math.abs(actual - invStd)).toBeLessThanOrEqual(halfUlp(stored, invStd) + 16 * U64 * invStd);
    if (op === 'rmsNorm') continue;
    const [actualMean] = numbers(result.mean);
    const largest = Math.max(...values.map(Math.abs));
    expect(Math.abs(actualMean - mean)).toBeLessThanOrEqual(halfUlp(stored, mean) + 4 * U64 * largest);
  }
}

const around = (offset: number, spread: number, seed: number) =>
  normals(24, seed).map((value) => offset + spread * value);
const multiples = (unit: number, seed: number) =>
  normals(24, seed).map((value) => Math.round(20 * value) * unit);
const { MAX_VALUE, MIN_VALUE } = Number;
const alternating = (...values: number[]) => Array.from({ length: 24 }, (_, i) => values[i % values.length]);

const ROWS: readonly { name: string; dtypes: DType[]; values: number[] }[] = [
  { name: 'ordinary numbers', dtypes: ['float64', 'float32', 'float16'], values: around(0, 1, 1) },
  { name: 'offset 1e3', dtypes: ['float64', 'float32', 'float16'], values: around(1e3, 1, 2) },
  { name: 'offset 1e4', dtypes: ['float64', 'float32'], values: around(1e4, 1, 3) },
  { name: 'offset 1e6', dtypes: ['float64', 'float32'], values: around(1e6, 1, 4) },
  { name: 'offset 1e15', dtypes: ['float64'], values: around(1e15, 1, 5) },
  { name: 'float16 beyond 256', dtypes: ['float16'], values: around(0, 3e3, 6) },
  { name: '1e19', dtypes: ['float64', 'float32'], values: around(0, 1e19, 7) },
  { name: '1e30', dtypes: ['float64', 'float32'], values: around(1e30, 1e28, 8) },
  {
    name: '1e38, close to the largest float32',
    dtypes: ['float32'],
    values: alternating(3.4e38, -3.4e38, 3e38, 1e38),
  },
  { name: '1e-20', dtypes: ['float64', 'float32'], values: around(0, 1e-20, 9) },
  { name: 'float16 denormals', dtypes: ['float16'], values: multiples(2 ** -24, 10) },
  { name: 'float32 denormals', dtypes: ['float32'], values: multiples(2 ** -149, 11) },
  { name: 'float64 denormals', dtypes: ['float64'], values: multiples(MIN_VALUE, 12) },
  { name: 'squares that vanish', dtypes: ['float64'], values: around(0, 1e-170, 13) },
  { name: 'squares that overflow', dtypes: ['float64'], values: around(0, 1e160, 14) },
  { name: 'a sum that overflows', dtypes: ['float64'], values: around(1e308, 1e306, 15) },
  {
    name: 'the largest float64 on both sides',
    dtypes: ['float64'],
    values: alternating(MAX_VALUE, -MAX_VALUE, MAX_VALUE),
  },
  {
    name: 'the largest beside the smallest',
    dtypes: ['float64'],
    values: alternating(MAX_VALUE, MIN_VALUE, -MIN_VALUE, 1),
  },
  { name: '1e200 with a spread of 1e190', dtypes: ['float64'], values: around(1e200, 1e190, 16) },
];

for (const { name, dtypes, values } of ROWS) {
  for (const dtype of dtypes) {
    test(`${name}, ${dtype}, epsilon 1e-5 and 0, every operation`, () => {
      for (const op of OPS) {
        for (const epsilon of [1e-5, 0]) checkAgainstExact(op, of(dtype, values), epsilon);
      }
    });
  }
}

test('a tiny epsilon counts beside tiny variances', () => {
  for (const epsilon of [MIN_VALUE, 1e-300, 1e-45]) {
    for (const op of OPS) checkAgainstExact(op, float64(around(0, 1e-162, 17)), epsilon);
  }
});

test('gradients of numbers whose squares overflow or vanish: x times 2^k gives dx times 2^-k, to the bit', () => {
  const values = normals(24, 21);
  const dy = float64(normals(24, 22));
  for (const op of OPS) {
    const gradient = (k: number) => {
      const { beta: _, ...call } = callOn(op, float64(values.map((value) => value * 2 ** k)), [GAMMA], 0) as {
        x: Tensor;
        beta?: Tensor;
      };
      const its = { ...call, mode: 'backward', dy: { ...dy, shape: call.x.shape } } as unknown as NormCall;
      return compute(its) as NormResult;
    };
    const plain = gradient(0);
    for (const k of [-900, -600, 600, 900]) {
      const scaled = gradient(k);
      expect(numbers(scaled.dx)).toEqual(numbers(plain.dx).map((value) => value * 2 ** -k));
      expect(numbers(scaled.dgamma)).toEqual(numbers(plain.dgamma));
    }
  }
});

test('Batch Norm with x and the given mean both around 1e4', () => {
  const x = of('float32', around(1e4, 1, 18));
  const mean = Math.fround(1e4 + 0.3);
  const variance = Math.fround(1.1);
  const gamma = GAMMA;
  const { y } = compute({
    op: 'batchNorm',
    mode: 'inference',
    x: { ...x, shape: [24, 1] },
    mean: tensor([mean]),
    variance: tensor([variance]),
    gamma: tensor([gamma]),
  });
  numbers(y).forEach((actual, i) => {
    const { value, size, errorOf } = exactAffine(exactFixed(numbers(x)[i], mean, variance, 1e-5), gamma, 0);
    expect(errorOf(actual)).toBeLessThanOrEqual(halfUlp('float32', value) + 16 * U64 * size);
  });
});

describe('constant rows', () => {
  const CONSTANTS: Record<DType, number[]> = {
    float64: [0, 0.1, 1 / 3, 1e4, -1e30, MAX_VALUE, MIN_VALUE],
    float32: [0, 0.1, 1 / 3, 1e4, -1e30, 3.4e38, 2 ** -149],
    float16: [0, 0.1, 1 / 3, 1e4, -65504, 2 ** -24],
  };
  for (const dtype of ['float64', 'float32', 'float16'] as const) {
    test(`give exactly beta, ${dtype}`, () => {
      for (const op of OPS.filter((op) => op !== 'rmsNorm')) {
        for (const n of [2, 6, 14, 1000]) {
          for (const value of CONSTANTS[dtype]) {
            for (const epsilon of [1e-5, 0]) {
              const row = of(dtype, new Array<number>(n).fill(value));
              const result = compute(callOn(op, row, [GAMMA, BETA], epsilon)) as NormResult;
              expect(new Set(numbers(result.y))).toEqual(new Set([BETA]));
              const bare = compute(callOn(op, row, [], epsilon)) as NormResult;
              expect(new Set(numbers(bare.y))).toEqual(new Set([0]));
            }
          }
        }
      }
    });
  }

  test('long ones too, whose sum rounds: the mean is the value, invStd infinite without epsilon', () => {
    for (const value of [0.1, 1 / 3, 1e4 + 0.7]) {
      for (const n of [65_537, 1_000_003]) {
        const x = tensor(new Float64Array(n).fill(value), [1, n]);
        const { y, mean, invStd } = compute({ op: 'layerNorm', mode: 'training', x, epsilon: 0 });
        expect(y.data.every((element) => element === 0)).toBe(true);
        expect([mean.data[0], invStd.data[0]]).toEqual([value, Infinity]);
      }
    }
  });

  test('a single feature is a constant row', () => {
    const { y } = compute({
      op: 'layerNorm',
      mode: 'inference',
      x: float64([7, 1e300, -3], [3, 1]),
      beta: float64([BETA]),
    });
    expect(numbers(y)).toEqual([BETA, BETA, BETA]);
  });

  test('a row of zeros stays 0 through RMS Norm, epsilon 0 included', () => {
    for (const epsilon of [1e-5, 0]) {
      const { y } = compute({ op: 'rmsNorm', mode: 'inference', x: float64([0, 0, 0], [1, 3]), epsilon });
      expect(numbers(y)).toEqual([0, 0, 0]);
    }
  });
});

describe('NaN and Infinity', () => {
  /** Which elements of [3, 2, 4] share statistics. */
  const GROUP: Record<Op, (i: number) => number> = {
    layerNorm: (i) => Math.floor(i / 4),
    rmsNorm: (i) => Math.floor(i / 4),
    instanceNorm: (i) => Math.floor(i / 4),
    groupNorm: (i) => Math.floor(i / 8),
    batchNorm: (i) => Math.floor(i / 4) % 2,
  };
  const shape = [3, 2, 4];
  const poisonedAt = 9;
  const clean = normals(sizeOf(shape), 19);
  const dy = normals(sizeOf(shape), 20);

  for (const dtype of ['float64', 'float32', 'float16'] as const) {
    for (const poison of [NaN, Infinity, -Infinity]) {
      test(`${poison} in one ${dtype} group makes all of it NaN and changes no other`, () => {
        const poisoned = (values: number[]) => of(dtype, values.with(poisonedAt, poison), shape);
        for (const op of OPS) {
          const base = { op, ...(op === 'groupNorm' ? { groups: 1 } : {}) };
          const x = of(dtype, clean, shape);
          const gradient = of(dtype, dy, shape);
          const inGroup = (i: number) => GROUP[op](i) === GROUP[op](poisonedAt);
          const outputOf = (call: Record<string, unknown>, output: 'y' | 'dx') =>
            numbers((compute({ ...base, ...call } as NormCall) as NormResult)[output]);
          const lost = (values: number[]) => values.map((value, i) => (inGroup(i) ? NaN : value));

          const y = outputOf({ mode: 'training', x: poisoned(clean) }, 'y');
          expect(y).toEqual(lost(outputOf({ mode: 'training', x }, 'y')));
          const expected = lost(outputOf({ mode: 'backward', x, dy: gradient }, 'dx'));
          const throughX = outputOf({ mode: 'backward', x: poisoned(clean), dy: gradient }, 'dx');
          expect(throughX).toEqual(expected);
          // An infinite gradient may leave infinities, not only NaN.
          const throughDy = outputOf({ mode: 'backward', x, dy: poisoned(dy) }, 'dx');
          expect(throughDy.map((value) => (Number.isFinite(value) ? value : NaN))).toEqual(expected);
        }
      });
    }
  }

  test('with given statistics only the element itself is lost', () => {
    const given = { mean: tensor([0, 1]), variance: tensor([1, 2]) };
    const run = (values: number[]) =>
      numbers(compute({ op: 'batchNorm', mode: 'inference', x: of('float32', values, shape), ...given }).y);
    expect(run(clean.with(poisonedAt, NaN))).toEqual(run(clean).with(poisonedAt, NaN));
  });
});

describe('empty batches', () => {
  const none = (shape: number[]) => tensor(new Float32Array(0), shape);
  const statistics = { mean: tensor([0, 0, 0]), variance: tensor([1, 1, 1]) };
  const calls: NormCall[] = [
    { op: 'batchNorm', mode: 'inference', x: none([0, 3, 5]), ...statistics },
    { op: 'batchNorm', mode: 'inference', x: none([4, 3, 0]), ...statistics },
    { op: 'layerNorm', mode: 'inference', x: none([0, 5]) },
    { op: 'layerNorm', mode: 'inference', x: none([5, 0]) },
    { op: 'layerNorm', mode: 'inference', x: none([5, 0, 2]), axes: [0, 2] },
    { op: 'rmsNorm', mode: 'inference', x: none([0, 5]) },
    { op: 'instanceNorm', mode: 'inference', x: none([0, 3, 5]) },
    { op: 'instanceNorm', mode: 'inference', x: none([2, 3, 0]) },
    { op: 'instanceNorm', mode: 'inference', x: none([2, 0, 5]) },
    { op: 'groupNorm', mode: 'inference', groups: 3, x: none([0, 3, 5]) },
    { op: 'groupNorm', mode: 'inference', groups: 1, x: none([2, 0, 5]), layout: 'channels-last' },
  ].map((call) => call as NormCall);

  test('give empty outputs in inference', () => {
    for (const call of calls) {
      const { y } = compute(call) as NormResult;
      expect([y!.shape, y!.data.length]).toEqual([call.x.shape, 0]);
    }
  });

  test('give empty outputs and no statistics in training, where no row lacks elements', () => {
    const result = compute({ op: 'layerNorm', mode: 'training', x: none([0, 5]) });
    expect([result.mean.shape, result.mean.data.length]).toEqual([[0, 1], 0]);
    const { dx, dgamma } = compute({ op: 'layerNorm', mode: 'backward', x: none([0, 5]), dy: none([0, 5]) });
    expect([dx.data.length, numbers(dgamma)]).toEqual([0, [0, 0, 0, 0, 0]]);
  });
});
