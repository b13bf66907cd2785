import { readFileSync } from 'node:fs';
import { referenceAdapter } from '@normlayers/core';
import { describe, expect, test } from 'vitest';
import { runConformance, truthOf, vectorCases } from '../src/index';
import { sharedVectors, VECTOR_FILES } from './shared-vectors';

const EXPECTED = {
  onnx: { vectors: 53, cases: 66, leftOut: 6 },
  'wpt-webnn': { vectors: 80, cases: 80, leftOut: 0 },
  tfjs: { vectors: 56, cases: 58, leftOut: 0 },
  'torch-public': { vectors: 67, cases: 170, leftOut: 0 },
} as const;

for (const file of VECTOR_FILES) {
  const vectors = sharedVectors(file);
  describe.runIf(vectors !== null)(`vectors of ${file}`, () => {
    const { cases, leftOut } = vectorCases(vectors ?? []);

    test('each becomes a case, or is named as left out', () => {
      expect(vectors).toHaveLength(EXPECTED[file].vectors);
      expect(cases).toHaveLength(EXPECTED[file].cases);
      expect(leftOut).toHaveLength(EXPECTED[file].leftOut);
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
      for (const { reason } of leftOut) expect(reason).toMatch(/LpNormalization divides by a p-norm/);
      const traceable = new Set([...cases, ...leftOut].map(({ name }) => name.replace(/ \([^()]*\)$/, '')));
      for (const vector of vectors as { source: string; name: string }[]) {
        const name = `${vector.source}/${vector.name}`;
        expect([...traceable, ...cases.map((testCase) => testCase.name)]).toContain(name);
      }
    });

    test('every output that a vector expects is compared', () => {
      const compared = cases.reduce((count, { expected }) => count + Object.keys(expected ?? {}).length, 0);
      // The vectors' outputs, but for what is left out, what is judged in two modes and tfjs's mean, which is compared
      // as mean and as running mean.
      expect(compared).toBeGreaterThanOrEqual(EXPECTED[file].vectors - EXPECTED[file].leftOut);
      for (const { expected, name } of cases) {
        if (!name.includes('step 1 of 2')) expect(Object.keys(expected ?? {}), name).not.toHaveLength(0);
      }
    });

    test('the reference passes them all', async () => {
      const report = await runConformance(referenceAdapter(), { cases });
      expect(report.cases.filter(({ grade }) => grade !== 'accurate')).toEqual([]);
    });
  });
}

const torch = sharedVectors('torch-public');
test.runIf(torch !== null)('PyTorch in float64 and our truth are the same to float64 rounding', () => {
  let compared = 0;
  for (const testCase of vectorCases(torch ?? []).cases) {
    const truth = truthOf(testCase);
    for (const [name, outside] of Object.entries(testCase.expected ?? {})) {
      const { values, budget } = truth[name as keyof typeof truth]!;
      values.forEach((value, i) => {
        // A constant row is held to exactly beta, which PyTorch misses by a float64 rounding.
        const allowed = Math.max(budget[i] * 1e-6, 1e-12 * Math.abs(value), 1e-13);
        expect(Math.abs(value - outside.values[i]), `${testCase.name} ${name} ${i}`).toBeLessThanOrEqual(
          allowed,
        );
        compared++;
      });
    }
  }
  expect(compared).toBeGreaterThan(5000);
});

const webnn = sharedVectors('wpt-webnn');
test.runIf(webnn !== null)("WebNN's expectations are within our strict budget of the truth", () => {
  for (const testCase of vectorCases(webnn ?? []).cases) {
    const { values, strict } = truthOf(testCase).y!;
    values.forEach((value, i) => {
      const error = Math.abs(value - testCase.expected!.y!.values[i]);
      expect(error, `${testCase.name} ${i}`).toBeLessThanOrEqual(strict[i]);
    });
  }
});

test('what is no vector is refused by name', () => {
  expect(() => vectorCases([{}])).toThrow(/a vector without a name: expected name, source and op/);
  expect(() =>
    vectorCases([
      {
        name: 'torn',
        source: 'onnx',
        op: 'RMSNormalization',
        attributes: {},
        inputs: [{ name: 'X', dtype: 'float32', shape: [3], data: [1, 2] }],
        outputs: [],
      },
    ]),
  ).toThrow(/vector 'torn': inputs 'X': expected shape and data that fit each other/);
});

describe('vectors of your own, from any other source', () => {
  const own = (changes: object = {}) => ({
    name: 'mine',
    source: 'me',
    op: 'layerNorm',
    attributes: { epsilon: 0, axes: [-1] },
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, 2], data: [1, 3] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: [1, 2], data: [-1, 1] }],
    rtol: 1e-6,
    atol: 0,
    ...changes,
  });

  test('are in the words of this library, and run', async () => {
    const backward = own({
      name: 'its gradient',
      attributes: { mode: 'backward', epsilon: 0 },
      inputs: [...own().inputs, { name: 'dy', dtype: 'float32', shape: [1, 2], data: [1, 1] }],
      outputs: [{ name: 'dbeta', dtype: 'float32', shape: [2], data: [1, 1] }],
    });
    const report = await runConformance(referenceAdapter(), {
      cases: vectorCases([own(), backward]).cases,
    });
    expect(report.cases.map(({ name, mode, grade }) => [name, mode, grade])).toEqual([
      ['me/mine', 'inference', 'accurate'],
      ['me/its gradient', 'backward', 'accurate'],
    ]);
  });

  test('the documented example is one', async () => {
    const text = readFileSync(new URL('../VECTORS.md', import.meta.url), 'utf8');
    const example = JSON.parse(/```json\n(.*?)```/s.exec(text)![1]) as unknown[];
    const report = await runConformance(referenceAdapter(), { cases: vectorCases(example).cases });
    expect(report.totals.accurate).toBe(1);
  });

  test.each([
    [{ op: 'LayerNormalization' }, /op is "LayerNormalization"; expected one of batchNorm, layerNorm/],
    [{ attributes: { mode: 'eval' } }, /attributes.mode is "eval"; expected one of inference/],
    [{ attributes: { eps: 1 } }, /layerNorm in mode inference has no argument eps/],
    [{ inputs: [{ ...own().inputs[0], name: 'X' }] }, /an input is "X"; expected one of x, /],
    [{ outputs: [{ ...own().outputs[0], name: 'z' }] }, /an output is "z"; expected one of y/],
    [{ rtol: undefined }, /outputs 'y': expected rtol and atol/],
  ])('what cannot be run is an error that names it: %o', (changes, message) => {
    expect(() => vectorCases([own(changes)])).toThrow(message);
    expect(() => vectorCases([own(changes)])).toThrow(TypeError);
  });
});

test('NaN and Inf are read from their names', () => {
  const { cases } = vectorCases([
    {
      name: 'not a number',
      source: 'wpt-webnn',
      op: 'LayerNormalization',
      attributes: { epsilon: 1e-5, axes: [0] },
      inputs: [{ name: 'x', dtype: 'float16', shape: [2], data: ['-Infinity', 1] }],
      outputs: [{ name: 'y', dtype: 'float16', shape: [2], data: ['NaN', 'NaN'] }],
      rtol: 0,
      atol: 0,
      metric: { type: 'ATOL', value: 1 / 512 },
    },
  ]);
  expect([...(cases[0].call.x.data as Uint16Array)]).toEqual([0xfc00, 0x3c00]);
  expect(cases[0].expected?.y?.values).toEqual(Float64Array.of(NaN, NaN));
});
