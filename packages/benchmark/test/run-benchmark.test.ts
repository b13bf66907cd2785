import { NormError, referenceAdapter } from '@normlayers/core';
import { wasmAdapter } from '@normlayers/wasm';
import { describe, expect, test } from 'vitest';
import {
  type BenchCase,
  type BenchProgress,
  benchJson,
  plainJsAdapter,
  runBenchmark,
  stageText,
} from '../src/index';
import { plantedAdapter } from './planted-adapters';

const SMALL: BenchCase = { op: 'layerNorm', mode: 'inference', dtype: 'float32', shape: [4, 32] };
const QUICK = { cases: [SMALL], rounds: 3, sampleMs: 1 };

describe('what is measured', () => {
  test('every contender in every round, memcpy among them, in both residencies, with figures that hold together', async () => {
    await using wasm = await wasmAdapter();
    const { cases } = await runBenchmark([wasm, plainJsAdapter(), referenceAdapter()], QUICK);
    expect(cases.map(({ residency }) => residency)).toEqual(['device', 'host']);
    for (const { results, skipped, residency } of cases) {
      expect(skipped).toEqual([]);
      expect(results.map(({ adapter }) => adapter).sort()).toEqual([
        'memcpy',
        'plain-js',
        'reference',
        'wasm',
      ]);
      for (const result of results) {
        expect(result).toMatchObject({ samples: 3, grade: 'accurate', digits: expect.any(Number) });
        expect(result.medianMs).toBeGreaterThan(0);
        expect(result.p10Ms).toBeLessThanOrEqual(result.medianMs);
        expect(result.p90Ms).toBeGreaterThanOrEqual(result.medianMs);
        expect(result.callsPerSample).toBeGreaterThanOrEqual(1);
        // x, gamma, beta and y, of 128, 32, 32 and 128 numbers; memcpy moves x only, there and back.
        const bytes = result.adapter === 'memcpy' ? 256 * 4 : 320 * 4;
        expect(result.gbPerSecond).toBeCloseTo(bytes / (result.medianMs / 1000) / 1e9, 9);
      }
      // Calls of microseconds share a sample; of a contender that something stopped in the warm-up one may fill it.
      expect(Math.max(...results.map(({ callsPerSample }) => callsPerSample))).toBeGreaterThan(1);
      const of = (name: string) => results.find(({ adapter }) => adapter === name);
      expect(of('memcpy')?.timesMemcpy).toBe(1);
      // What puts its result into the array that is given says so; what does not, too.
      expect(of('wasm')?.outputReused).toBe(residency === 'host' ? true : undefined);
      expect(of('reference')?.outputReused).toBe(residency === 'host' ? false : undefined);
    }
  });

  test('a contender that takes three times as long is told to take about three times as long', async () => {
    const [slow, slower] = [
      plantedAdapter({ name: 'slow', takes: 10 }),
      plantedAdapter({ name: 'slower', takes: 30 }),
    ];
    const { cases } = await runBenchmark([slower, slow], { ...QUICK, rounds: 5, residencies: ['device'] });
    const ms = (name: string) => cases[0].results.find(({ adapter }) => adapter === name)?.medianMs ?? NaN;
    expect(cases[0].results.map(({ adapter }) => adapter)).toEqual(['memcpy', 'slow', 'slower']);
    expect(ms('slow')).toBeGreaterThanOrEqual(10);
    expect(ms('slower') / ms('slow')).toBeGreaterThan(1.5);
    expect(ms('slower') / ms('slow')).toBeLessThan(4.5);
  });

  test('where rounds would take too long there are fewer, but 5', async () => {
    const slow = plantedAdapter({ name: 'slow', takes: 30 });
    const { cases } = await runBenchmark([slow], {
      ...QUICK,
      rounds: 40,
      caseMs: 10,
      residencies: ['device'],
    });
    expect(cases[0].results.map(({ samples }) => samples)).toEqual([5, 5]);
  });
});

describe('who is not ranked', () => {
  test('a wrong answer: its time is marked and stands last, however fast; in both residencies', async () => {
    const wrong = plantedAdapter({
      name: 'wrong',
      spoil: ({ y }) => {
        if (y !== undefined) y.data[37] += 0.1;
      },
    });
    const slow = plantedAdapter({ name: 'slow', takes: 3 });
    const { cases } = await runBenchmark([wrong, slow], QUICK);
    for (const { results } of cases) {
      expect(results.map(({ adapter }) => adapter)).toEqual(['memcpy', 'slow', 'wrong']);
      expect(results[2]).toMatchObject({ grade: 'wrong', message: expect.stringContaining('y[1,5] is') });
      expect(results[2].medianMs).toBeLessThan(results[1].medianMs);
    }
  });

  test('an imprecise answer stands after the ranked ones and before the wrong ones, an ordinary one among the ranked', async () => {
    const off = (name: string, by: number) =>
      plantedAdapter({
        name,
        spoil: ({ y }) => {
          if (y !== undefined) y.data[37] += by;
        },
      });
    const slow = plantedAdapter({ name: 'slow', takes: 3 });
    const adapters = [off('wrong', 0.1), off('imprecise', 1e-4), off('ordinary', 3e-6), slow];
    const { cases } = await runBenchmark(adapters, { ...QUICK, residencies: ['host'] });
    const [{ results }] = cases;
    const graded = results.map(({ adapter, grade, digits }) => [adapter, grade, Math.floor(digits)]);
    expect(graded).toContainEqual(['ordinary', 'ordinary', 5]);
    expect(graded.slice(2)).toEqual([
      ['slow', 'accurate', 7],
      ['imprecise', 'imprecise', 4],
      ['wrong', 'wrong', 1],
    ]);
    expect(results.find(({ adapter }) => adapter === 'ordinary')?.message).toMatch(/^y\[1,5\] is /);
  });

  test('memcpy can be timed alone', async () => {
    const { cases } = await runBenchmark([], { ...QUICK, residencies: ['host'] });
    expect(cases[0].results.map(({ adapter, kind }) => [adapter, kind])).toEqual([['memcpy', null]]);
  });

  test('a wrong element in the last of many rows is found, where rows are judged in blocks', async () => {
    const shape = [5200, 1024];
    const wrong = plantedAdapter({
      name: 'wrong',
      spoil: ({ y }) => {
        if (y !== undefined) y.data[5199 * 1024 + 7] = 9;
      },
    });
    const { cases } = await runBenchmark([wrong, plainJsAdapter()], {
      cases: [{ ...SMALL, shape }],
      residencies: ['device'],
      rounds: 1,
      sampleMs: 1,
    });
    const [, plain, planted] = cases[0].results;
    expect(plain).toMatchObject({ adapter: 'plain-js', grade: 'accurate' });
    expect(planted).toMatchObject({ adapter: 'wrong', grade: 'wrong' });
    expect(planted.message).toMatch(/^in the block from row \d+ on: y\[\d+,7\] is 9/);
  }, 60_000);

  test('what is unsupported, and what throws, at once or later, is listed with its reason, and nothing stays open', async () => {
    const none = plantedAdapter({ name: 'none', unsupported: 'no such operator' });
    const atOnce = plantedAdapter({ name: 'at-once', throwFrom: 1 });
    const later = plantedAdapter({ name: 'later', throwFrom: 30 });
    const unavailable = [{ adapter: 'absent', reason: 'not installed' }];
    const report = await runBenchmark([none, atOnce, later], {
      ...QUICK,
      residencies: ['device'],
      unavailable,
    });
    expect(report.unavailable).toEqual(unavailable);
    expect(report.cases[0].results.map(({ adapter }) => adapter)).toEqual(['memcpy']);
    expect(report.cases[0].skipped).toEqual([
      { adapter: 'none', reason: 'no such operator', issue: 'https://example.org/1' },
      { adapter: 'at-once', reason: 'threw Error: call 1 broke' },
      { adapter: 'later', reason: 'threw Error: call 30 broke' },
    ]);
    expect([none.open, atOnce.open, later.open]).toEqual([0, 0, 0]);
  });

  test('whoever takes longer for a call than the limit is listed with that time', async () => {
    const [slow, quick] = [plantedAdapter({ name: 'slow', takes: 60 }), plantedAdapter({ name: 'quick' })];
    const report = await runBenchmark([slow, quick], { ...QUICK, residencies: ['device'], callMs: 50 });
    expect(report.cases[0].results.map(({ adapter }) => adapter).sort()).toEqual(['memcpy', 'quick']);
    expect(report.cases[0].skipped).toEqual([
      {
        adapter: 'slow',
        reason: expect.stringMatching(/^one call takes [\d.]+ ms, more than the limit of 50\.0 ms$/),
      },
    ]);
    expect([slow.calls, slow.open]).toEqual([1, 0]);
  });

  test('a shape that does not fit is refused before anything is timed', async () => {
    const adapter = plantedAdapter({ name: 'untouched' });
    const cases: BenchCase[] = [
      SMALL,
      { op: 'instanceNorm', mode: 'inference', dtype: 'float32', shape: [4] },
    ];
    await expect(runBenchmark([adapter], { cases })).rejects.toThrow(NormError);
    expect(adapter.calls).toBe(0);
  });
});

describe('on a GPU', () => {
  /** Work that is done a while after it was handed over. */
  function plantedGpu(takes: number) {
    const gpu = { passes: 0, outstanding: 0, waits: 0, settled: () => settle() };
    function settle(): Promise<void> | undefined {
      if (gpu.outstanding === 0) return undefined;
      gpu.waits++;
      return new Promise((resolve) =>
        setTimeout(() => {
          gpu.outstanding = 0;
          resolve();
        }, takes),
      );
    }
    return gpu;
  }

  test('passes of a call are counted, of those that take any; on the device a call is done when the GPU is', async () => {
    const gpu = plantedGpu(8);
    const lazy = plantedAdapter({
      name: 'lazy',
      onGpu() {
        gpu.passes += 3;
        gpu.outstanding++;
      },
    });
    const { cases } = await runBenchmark([lazy, plainJsAdapter()], { ...QUICK, gpu });
    for (const { results, residency } of cases) {
      const of = (name: string) => results.find(({ adapter }) => adapter === name);
      expect(of('lazy')?.passes).toBe(3);
      expect(of('plain-js')).not.toHaveProperty('passes');
      expect(of('memcpy')).not.toHaveProperty('passes');
      if (residency === 'device') expect(of('lazy')?.medianMs).toBeGreaterThan(7);
    }
    expect(gpu.waits).toBeGreaterThan(3);
  });

  test('a first call that compiles is not held against it; who throws at the second is listed, and nothing stays open', async () => {
    const gpu = plantedGpu(0);
    const compiles = plantedAdapter({
      name: 'compiles',
      onGpu() {
        if (gpu.passes++ === 0) for (const from = performance.now(); performance.now() - from < 60; );
      },
    });
    const compiled = await runBenchmark([compiles], { ...QUICK, residencies: ['device'], gpu, callMs: 50 });
    expect(compiled.cases[0].results.map(({ adapter }) => adapter)).toEqual(['memcpy', 'compiles']);

    const second = plantedAdapter({ name: 'second', throwFrom: 2, onGpu: () => gpu.passes++ });
    const { cases } = await runBenchmark([second], { ...QUICK, residencies: ['device'], gpu });
    expect(cases[0].skipped).toEqual([{ adapter: 'second', reason: 'threw Error: call 2 broke' }]);
    expect(second.open).toBe(0);
  });
});

describe('progress and abort', () => {
  test('names whose turn it is before anything is asked of it, and waits for an answer before the first call', async () => {
    const turns: string[] = [];
    const planted = plantedAdapter({ name: 'planted' });
    let callsAtFirst = -1;
    await runBenchmark([planted], {
      ...QUICK,
      residencies: ['device'],
      async onTurn(contender, what) {
        turns.push(`${what} ${contender}`);
        await new Promise((resolve) => setTimeout(resolve, what === 'checking' ? 20 : 0));
        if (what === 'checking') callsAtFirst = planted.calls;
      },
    });
    expect(callsAtFirst).toBe(0);
    expect(turns.slice(0, 3)).toEqual(['checking planted', 'timing memcpy', 'timing planted']);
    // Warm-up and three rounds, each of which starts with another one.
    expect(turns.filter((turn) => turn === 'timing planted')).toHaveLength(4);
    expect(turns.slice(3, 7)).toEqual(['timing memcpy', 'timing planted', 'timing planted', 'timing memcpy']);
  });

  test('tells each stage, and each report when it is there', async () => {
    const told: BenchProgress[] = [];
    const { cases } = await runBenchmark([referenceAdapter()], {
      ...QUICK,
      onProgress: (each) => told.push(each),
    });
    expect([...new Set(told.map(({ stage }) => stageText(stage)))]).toEqual([
      'reference',
      'checking reference',
      'warming up',
      'round 1 of 3',
      'round 2 of 3',
      'round 3 of 3',
      'done',
    ]);
    expect(told.flatMap(({ report }) => report ?? [])).toEqual(cases);
    expect(told.at(-1)).toMatchObject({ done: 2, total: 2 });
  });

  test.each(['checking planted', 'warming up', 'round 2 of 3'])(
    'an abort at %s ends the run and frees what is open',
    async (at) => {
      const controller = new AbortController();
      const planted = plantedAdapter({ name: 'planted' });
      let opened = 0;
      const run = runBenchmark([planted], {
        ...QUICK,
        residencies: ['device'],
        signal: controller.signal,
        onProgress({ stage }) {
          opened = Math.max(opened, planted.open);
          if (stageText(stage) === at) controller.abort(new Error('enough'));
        },
      });
      await expect(run).rejects.toThrow('enough');
      expect(opened).toBe(at === 'checking planted' ? 0 : 1);
      expect(planted.open).toBe(0);
    },
  );
});

test('the JSON has the fields that others rely on, flat', async () => {
  const none = plantedAdapter({ name: 'none', unsupported: 'no such operator' });
  const report = await runBenchmark([plainJsAdapter(), none], {
    ...QUICK,
    cases: [
      { op: 'batchNorm', mode: 'training', dtype: 'float32', shape: [2, 3, 5], layout: 'channels-first' },
    ],
    residencies: ['host'],
  });
  const json = JSON.parse(JSON.stringify(benchJson({ cpu: 'abacus' }, report)));
  const where = { op: 'batchNorm', mode: 'training', dtype: 'float32', shape: [2, 3, 5], residency: 'host' };
  expect(json).toMatchObject({ schema: 2, environment: { cpu: 'abacus' }, unavailable: [] });
  expect(json.skipped).toEqual([
    {
      ...where,
      layout: 'channels-first',
      adapter: 'none',
      reason: 'no such operator',
      issue: 'https://example.org/1',
    },
  ]);
  expect(json.results).toHaveLength(2);
  for (const result of json.results) {
    expect(result).toMatchObject({
      ...where,
      adapter: expect.stringMatching(/^(memcpy|plain-js)$/),
      medianMs: expect.any(Number),
      p10Ms: expect.any(Number),
      p90Ms: expect.any(Number),
      samples: 3,
      timesMemcpy: expect.any(Number),
      grade: 'accurate',
      digits: expect.any(Number),
    });
    expect(result).not.toHaveProperty('results');
  }
});
