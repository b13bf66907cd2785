// The contract that defineAdapter gives every back end, counted on one that does nothing else, and the reference's own.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type NormAdapter,
  type NormCall,
  NormError,
  type NormResult,
  referenceAdapter,
  type Support,
  tensor,
} from '@normlayers/core';
import { compute, defineAdapter, type NormBackend } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';
import { normals, numbers, of } from './tensors';

const CALL = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 } as const;
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** A back end that computes by the reference and keeps a tally of what is asked of it and what is open. */
function counting(
  changes: Partial<NormBackend> = {},
  supported: Support = { supported: true, via: 'composed' },
) {
  const tally = { prepared: 0, ran: 0, read: 0, freed: 0, disposed: 0 };
  const adapter = defineAdapter({
    name: 'counting',
    supports: () => supported,
    async prepare(call) {
      tally.prepared++;
      let result: NormResult = {};
      return {
        async run() {
          tally.ran++;
          result = compute(call);
        },
        async read() {
          tally.read++;
          return result;
        },
        async dispose() {
          tally.freed++;
        },
      };
    },
    async dispose() {
      tally.disposed++;
    },
    ...changes,
  });
  return { adapter, tally };
}

async function errorOf(promise: Promise<unknown> | undefined): Promise<NormError> {
  const error = await promise?.then(
    () => 'no error',
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(NormError);
  return error as NormError;
}

describe('a prepared call', () => {
  test('runs again and again, and reads the last run', async () => {
    const { adapter, tally } = counting();
    const prepared = await adapter.prepare(CALL);
    await prepared.run();
    await prepared.run();
    expect(numbers((await prepared.read()).y)).toEqual([-1, 1]);
    expect(numbers((await prepared.read()).y)).toEqual([-1, 1]);
    expect(tally).toEqual({ prepared: 1, ran: 2, read: 2, freed: 0, disposed: 0 });
  });

  test('cannot be read before it has run', async () => {
    const { adapter, tally } = counting();
    const prepared = await adapter.prepare(CALL);
    const error = await errorOf(prepared.read() as Promise<unknown>);
    expect([error.code, tally.read]).toEqual(['not-run', 0]);
    expect(error.message).toMatch(/counting/);
  });

  test('is freed once, however often it is disposed of, and then refuses', async () => {
    const { adapter, tally } = counting();
    const prepared = await adapter.prepare(CALL);
    await prepared.run();
    await Promise.all([prepared.dispose(), prepared.dispose()]);
    await prepared.dispose();
    expect(tally.freed).toBe(1);
    for (const use of [prepared.run(), prepared.read()]) {
      const error = await errorOf(use as Promise<unknown>);
      expect(error.code).toBe('disposed');
      expect(error.message).toMatch(/prepared call of counting/);
    }
    expect([tally.ran, tally.read]).toEqual([1, 0]);
  });
});

describe('an adapter', () => {
  test('run is prepare, run, read and dispose', async () => {
    const { adapter, tally } = counting();
    expect(numbers((await adapter.run(CALL)).y)).toEqual([-1, 1]);
    expect(tally).toEqual({ prepared: 1, ran: 1, read: 1, freed: 1, disposed: 0 });
  });

  test('frees the call also where computing it fails, and passes the failure on', async () => {
    let freed = 0;
    const { adapter } = counting({
      prepare: () => ({
        run() {
          throw new NormError('backend', 'the device was lost');
        },
        read: () => ({}),
        dispose() {
          freed++;
        },
      }),
    });
    expect((await errorOf(adapter.run(CALL))).message).toBe('the device was lost');
    expect(freed).toBe(1);
  });

  test('dispose frees what is still prepared, once, and refuses from then on', async () => {
    const { adapter, tally } = counting();
    const [first, second] = [await adapter.prepare(CALL), await adapter.prepare(CALL)];
    await first.dispose();
    await adapter.dispose();
    await adapter.dispose();
    expect(tally).toMatchObject({ prepared: 2, freed: 2, disposed: 1 });
    for (const use of [second.run(), adapter.run(CALL), adapter.prepare(CALL)]) {
      expect((await errorOf(use as Promise<unknown>)).code).toBe('disposed');
    }
    expect(tally.prepared).toBe(2);
  });

  test('disposed of while a call is being prepared, it frees that call too', async () => {
    const { adapter, tally } = counting();
    const preparing = adapter.prepare(CALL);
    await adapter.dispose();
    expect((await errorOf(preparing)).code).toBe('disposed');
    expect(tally).toMatchObject({ prepared: 1, freed: 1, disposed: 1 });
  });

  test('is AsyncDisposable', async () => {
    const { adapter, tally } = counting();
    const open = await adapter.prepare(CALL);
    await adapter[Symbol.asyncDispose]();
    expect(tally).toMatchObject({ freed: 1, disposed: 1 });
    expect((await errorOf(open.run() as Promise<unknown>)).code).toBe('disposed');
  });

  test('refuses what its back end does not support, with the reason and the issue, and prepares nothing', async () => {
    const refusal = { supported: false, reason: 'no rank 5', issue: 'https://example.org/1' } as const;
    const { adapter, tally } = counting({}, refusal);
    expect(adapter.supports(CALL)).toBe(refusal);
    const error = await errorOf(adapter.run(CALL));
    expect(error.code).toBe('unsupported');
    expect(error.message).toBe(
      'counting does not compute layerNorm inference: no rank 5 (https://example.org/1)',
    );
    expect(tally.prepared).toBe(0);
    const { adapter: other } = counting({}, { supported: false, reason: 'no float16' });
    expect((await errorOf(other.prepare(CALL))).message).toMatch(/: no float16$/);
  });

  test('gives its back end the plan of the checked call', async () => {
    let epsilon: number | undefined;
    const { adapter } = counting({
      prepare: (_, plan) => {
        epsilon = plan.epsilon;
        return { run() {}, read: () => ({}), dispose() {} };
      },
    });
    await adapter.run({ op: 'rmsNorm', mode: 'inference', x: tensor([1, 2]) });
    expect(epsilon).toBe(1e-5);
  });
});

describe('what an author left out is said once, by name', () => {
  const whole: NormBackend = {
    name: 'mine',
    supports: () => ({ supported: true, via: 'composed' }),
    prepare: (call) => {
      let result: NormResult = {};
      return {
        run: () => {
          result = compute(call);
        },
        read: () => result,
      };
    },
  };

  test('where it is defined: name, supports, prepare, all that lack in one sentence', () => {
    for (const missing of ['name', 'supports', 'prepare'] as const) {
      const { [missing]: _, ...rest } = whole;
      expect(() => defineAdapter(rest as NormBackend)).toThrow(
        expect.objectContaining({ code: 'missing-argument', argument: missing }),
      );
    }
    expect(() => defineAdapter({ name: 'mine' } as NormBackend)).toThrow(
      'the back end that defineAdapter was given has no supports (a function (call) => Support), no prepare (a function (call, plan) => { run, read }).',
    );
    expect(() => defineAdapter(undefined as never)).toThrow(/no name .*, no supports .*, no prepare/);
    expect(() => defineAdapter({ ...whole, kind: 'mine' as never })).toThrow(
      "kind of mine is 'mine'; expected one of ours, native, peer.",
    );
  });

  test('supports() that gives no Support, and prepare() without run or read, are errors of the contract', async () => {
    const bad: readonly [Partial<NormBackend>, RegExp][] = [
      [
        { supports: () => true as never },
        /supports\(\) of mine gave true; expected \{ supported: true, via \}/,
      ],
      [{ supports: () => ({ supported: true }) as never }, /supports\(\) of mine gave Object/],
      [{ supports: () => ({ supported: false }) as never }, /or \{ supported: false, reason \}/],
      [
        { prepare: () => undefined as never },
        /prepare\(\) of mine gave undefined without run\(\) and read\(\)/,
      ],
      [{ prepare: () => ({ run() {} }) as never }, /without read\(\)/],
    ];
    for (const [changes, message] of bad) {
      const error = await errorOf(defineAdapter({ ...whole, ...changes }).run(CALL));
      expect([error.code, error.message]).toEqual(['contract', expect.stringMatching(message)]);
    }
  });

  test('dispose may be left out of both', async () => {
    const adapter = defineAdapter(whole);
    const prepared = await adapter.prepare(CALL);
    await prepared.run();
    await prepared.dispose();
    await prepared.dispose();
    expect(numbers((await adapter.run(CALL)).y)).toEqual([-1, 1]);
    await adapter.dispose();
  });

  test('arguments that came later are unsupported where the back end does not name them', async () => {
    const { x } = CALL;
    const later = [
      ['residual', { ...CALL, residual: x }],
      ['gammaOffset', { ...CALL, gamma: tensor([1, 2]), gammaOffset: 1 }],
      ['dsum', { op: 'layerNorm', mode: 'backward', x, dy: x, dsum: x }],
    ] as const;
    for (const [argument, call] of later) {
      const support = { supported: false, code: 'argument', values: { argument } };
      expect(defineAdapter(whole).supports(call)).toMatchObject(support);
      const error = await errorOf(defineAdapter(whole).run(call));
      expect([error.code, error.values]).toEqual(['unsupported', { argument }]);
      const taking = defineAdapter({ ...whole, takes: [argument] });
      expect(taking.supports(call).supported).toBe(true);
      expect(await taking.run(call)).toEqual(compute(call));
    }
    expect(referenceAdapter().supports(later[0][1]).supported).toBe(true);
  });
});

test('a second dispose waits for the first, of an adapter and of a prepared call', async () => {
  const ended: string[] = [];
  const slowly = (what: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(what);
  };
  const { adapter } = counting({
    prepare: () => ({ run() {}, read: () => ({}), dispose: slowly('call') }),
    dispose: slowly('adapter'),
  });
  const prepared = await adapter.prepare(CALL);
  void prepared.dispose();
  await prepared.dispose();
  expect(ended).toEqual(['call']);
  void adapter.dispose();
  await adapter.dispose();
  expect(ended).toEqual(['call', 'adapter']);
});

/** One call of each operation in each mode. */
function everyCall(dtype: 'float64' | 'float32' | 'float16'): NormCall[] {
  const shape = [2, 4, 3];
  const x = of(dtype, normals(24, 1), shape);
  const dy = of(dtype, normals(24, 2), shape);
  const four = (seed: number) => of(dtype, normals(4, seed).map(Math.abs));
  const three = of(dtype, normals(3, 5));
  const channels = { gamma: four(3), beta: four(4) };
  const running = { runningMean: four(6), runningVar: four(7), convention: 'pytorch' } as const;
  const fixed = { mean: four(8), variance: four(9) };
  return [
    { op: 'batchNorm', mode: 'inference', x, ...channels, ...fixed },
    { op: 'batchNorm', mode: 'training', x, ...channels, ...running },
    { op: 'batchNorm', mode: 'backward', x, dy, gamma: channels.gamma },
    { op: 'batchNorm', mode: 'backward', x, dy, gamma: channels.gamma, ...fixed },
    { op: 'layerNorm', mode: 'inference', x, gamma: three, beta: three },
    { op: 'layerNorm', mode: 'training', x, axes: [0, 2] },
    { op: 'layerNorm', mode: 'backward', x, dy, gamma: three },
    { op: 'instanceNorm', mode: 'inference', x, ...channels },
    { op: 'instanceNorm', mode: 'training', x, ...channels, ...running },
    { op: 'instanceNorm', mode: 'backward', x, dy, gamma: channels.gamma },
    { op: 'groupNorm', mode: 'inference', groups: 2, x, ...channels },
    { op: 'groupNorm', mode: 'training', groups: 2, x: { ...x, shape: [2, 3, 4] }, layout: 'channels-last' },
    { op: 'groupNorm', mode: 'backward', groups: 2, x, dy, gamma: channels.gamma },
    { op: 'rmsNorm', mode: 'inference', x, gamma: three },
    { op: 'rmsNorm', mode: 'training', x, axes: [1] },
    { op: 'rmsNorm', mode: 'backward', x, dy, gamma: three },
  ];
}

describe('the reference adapter', () => {
  const DTYPES = ['float64', 'float32', 'float16'] as const;

  test('gives what compute gives, for every operation, mode and type', async () => {
    const adapter = referenceAdapter();
    for (const dtype of DTYPES) {
      for (const call of everyCall(dtype)) {
        expect(adapter.supports(call)).toEqual({ supported: true, via: 'fused' });
        expect(await adapter.run(call)).toEqual(compute(call));
      }
    }
    await adapter.dispose();
  });

  test('modifies no input and returns none of its arrays', async () => {
    const adapter = referenceAdapter();
    for (const dtype of DTYPES) {
      for (const call of everyCall(dtype)) {
        const before = structuredClone(call);
        const given = new Set(Object.values(call).map((value) => value?.data?.buffer));
        const result = (await adapter.run(call)) as NormResult;
        expect(call).toEqual(before);
        for (const output of Object.values(result)) expect(given.has(output.data.buffer)).toBe(false);
      }
    }
  });

  test('results stay as they were read when the call is run again', async () => {
    const prepared = await referenceAdapter().prepare(CALL);
    await prepared.run();
    const { y } = await prepared.read();
    const kept = numbers(y);
    await prepared.run();
    await prepared.dispose();
    expect(numbers(y)).toEqual(kept);
  });

  test('10,000 calls leave nothing on the heap', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const adapter = referenceAdapter();
    const calls = everyCall('float32');
    const used = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const runMany = async (count: number, its: NormAdapter) => {
      for (let i = 0; i < count; i++) await its.run(calls[i % calls.length]);
    };
    // As many first, so that what V8 compiles on the way is not counted.
    await runMany(10_000, adapter);
    const before = used();
    await runMany(10_000, adapter);
    // One result kept a call would be over 2 MB: the smallest is 96 bytes of numbers and an array and a tensor around them.
    expect(used() - before).toBeLessThan(500_000);
    await adapter.dispose();
  });
});

test('the package depends on nothing at run time', () => {
  const manifest = JSON.parse(read('../package.json'));
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
    expect(manifest).not.toHaveProperty(kind);
});
