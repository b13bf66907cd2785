import { referenceAdapter } from '@normlayers/core';
import { expect, test } from 'vitest';
import { type ConformanceTests, conformanceTests, generatedCases, runConformance } from '../src/index';
import { plainAdapter } from './plain-adapter';

/** Registers, then runs what was registered, as a test framework does. */
async function collect(options: Omit<ConformanceTests, 'test'>) {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  const leftOut = conformanceTests({ ...options, test: (name, run) => tests.push({ name, run }) });
  const outcomes = [];
  for (const { name, run } of tests) {
    outcomes.push({
      name,
      error: await run().then(
        () => null,
        (error: Error) => error.message,
      ),
    });
  }
  return { outcomes, leftOut };
}

const cases = generatedCases().filter(({ name }) => name.startsWith('rmsNorm inference'));

test('one test for each case, under its name', async () => {
  const { outcomes } = await collect({ adapter: Promise.resolve(referenceAdapter()), cases });
  expect(outcomes).toEqual(cases.map(({ name }) => ({ name, error: null })));
});

test('an adapter from a function is opened once, and disposed in after', async () => {
  let opened = 0;
  let disposed = 0;
  const after: (() => Promise<void>)[] = [];
  const adapter = async () => {
    opened++;
    const reference = referenceAdapter();
    return { ...reference, dispose: async () => void disposed++ };
  };
  await collect({ adapter, cases, after: (run) => after.push(run) });
  expect([opened, disposed]).toEqual([1, 0]);
  for (const run of after) await run();
  expect(disposed).toBe(1);
});

test('a failing case throws where it is wrong, and why the case is there', async () => {
  const offset = generatedCases().filter(
    ({ name }) => name === 'layerNorm inference float32 onnxruntime #28463',
  );
  const { outcomes } = await collect({ adapter: plainAdapter({ withoutBeta: true }), cases: offset });
  expect(outcomes[0].error).toMatch(
    /^wrong, asked for ordinary: y\[\d,\d\] is .* times its budget of .* \(Layer Norm of \[40000, .*; https:\/\/github.com\/microsoft\/onnxruntime\/issues\/28463\)$/,
  );
});

test('what is declared unsupported passes by being refused', async () => {
  const adapter = plainAdapter({ supports: () => ({ supported: false, reason: 'not today' }) });
  const { outcomes } = await collect({ adapter, cases });
  expect(outcomes.every(({ error }) => error === null)).toBe(true);
});

test('vectors that make no test are handed back', async () => {
  const vector = {
    name: 'l2',
    source: 'onnx',
    op: 'LpNormalization',
    attributes: {},
    inputs: [],
    outputs: [],
  };
  const { leftOut } = await collect({ adapter: referenceAdapter(), cases, vectors: [vector] });
  expect(leftOut).toEqual([{ name: 'onnx/l2', reason: expect.stringMatching(/p-norm/) }]);
});

test('a suite without a case is an error, not a file of no tests', () => {
  const options = { adapter: referenceAdapter(), test: () => {} };
  expect(() => conformanceTests({ ...options, cases: [] })).toThrow(/cases is empty/);
  expect(() => conformanceTests({ ...options, case: 'spectral' })).toThrow(
    `none of the ${generatedCases().length} cases`,
  );
});

test('a grade by choice holds for a stranger too', async () => {
  const offset = generatedCases().filter(({ name }) => name === 'layerNorm backward float32 offset 10000');
  const adapter = plainAdapter({ round: Math.fround, variance: 'two-pass', sums: 'sequential' });
  const byDefault = await collect({ adapter, cases: offset });
  expect(byDefault.outcomes[0].error).toBeNull();
  const { outcomes } = await collect({ adapter, cases: offset, grade: 'accurate' });
  expect(outcomes[0].error).toMatch(/^ordinary, asked for accurate: dgamma\[\d+\] is /);
});

test('an option or a grade that there is not is refused, and no case is run in its place', async () => {
  const test = () => expect.unreachable();
  const adapter = referenceAdapter;
  const misspelt = { adapter, test, ops: 'rmsNorm' } as unknown as ConformanceTests;
  expect(() => conformanceTests(misspelt)).toThrow(/conformanceTests has no argument ops; it takes adapter/);
  const wished = { adapter, test, grade: 'good' } as unknown as ConformanceTests;
  expect(() => conformanceTests(wished)).toThrow("grade is 'good'; expected one of accurate, ordinary");
  await expect(runConformance(referenceAdapter(), { filter: 'x' } as object)).rejects.toMatchObject({
    code: 'unknown-argument',
    argument: 'filter',
  });
});
