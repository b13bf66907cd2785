import { generatedCases } from '@normlayers/conformance';
import {
  mapTensors,
  type NormAdapter,
  type NormCall,
  type NormError,
  type NormResult,
  nameOfFunction,
} from '@normlayers/core/adapter';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNorm, inTurn, type OrtTensor, onnxruntimeWebAdapter } from '../src/index';
import { fromOrt, toOrt } from '../src/runtime/tensors';
import { counted, ort } from './runtime';

/** Small valid calls of every operation, mode and type, ordinary and hard. */
const CALLS: readonly NormCall[] = generatedCases()
  .filter(({ refusal, misuse }) => refusal === undefined && misuse === undefined)
  .map(({ call }) => call)
  .filter(({ x }) => x.data.length > 0 && x.data.length <= 2048);

type Compute = (call: NormCall) => Promise<unknown>;

/** `createNorm`'s function for a call, on tensors of ONNX Runtime. */
function onTensors(norm: ReturnType<typeof createNorm>): Compute {
  return async (call) => {
    const { op, mode, ...given } = mapTensors(call, (tensor) => toOrt(ort, tensor));
    const compute = norm[nameOfFunction(op, mode)] as (given: object) => Promise<NormResult<OrtTensor>>;
    const results = await compute(given);
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
  };
}

const adapters: NormAdapter[] = [
  onnxruntimeWebAdapter({ ort, strategy: 'graph' }),
  onnxruntimeWebAdapter({ ort, strategy: 'graph' }),
  onnxruntimeWebAdapter({ ort }),
  onnxruntimeWebAdapter({ ort, strategy: 'native' }),
];
const norms = [
  createNorm({ ort, strategy: 'graph' }),
  createNorm({ ort, strategy: 'graph' }),
  createNorm({ ort }),
];
const computers: Compute[] = [
  ...adapters.map((adapter) => (call: NormCall) => adapter.run(call)),
  ...norms.map(onTensors),
];

/** A model of somebody else's: the session of a call of ours, run by hand. */
let own: { run(): Promise<number[]>; release(): Promise<void> };

beforeAll(async () => {
  let bytes: Uint8Array = new Uint8Array();
  const { create } = ort.InferenceSession;
  const InferenceSession = {
    create: (model: Uint8Array, options: object) => {
      bytes = model;
      return create.call(ort.InferenceSession, model, options);
    },
  } as unknown as typeof ort.InferenceSession;
  const norm = createNorm({ ort: { Tensor: ort.Tensor, InferenceSession }, strategy: 'graph' });
  const x = new ort.Tensor('float32', [1, 3, 10, 30], [1, 2, 2]);
  await norm.layerNorm({ x, epsilon: 0.5 });
  await norm.dispose();
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const epsilon = new ort.Tensor('float32', [0.5], []);
  own = {
    run: async () => [...((await session.run({ x, epsilon })).y.data as Float32Array)],
    release: () => session.release(),
  };
});

afterAll(async () => {
  await Promise.all([...adapters, ...norms].map((each) => each.dispose()));
  await own.release();
});

/** Some calls, each with what computes it. */
function mixed(count: number, first: number): (() => Promise<unknown>)[] {
  return Array.from({ length: count }, (_, i) => {
    const call = CALLS[((first + i) * 37) % CALLS.length];
    const compute = computers[i % computers.length];
    return () => compute(call).catch((error: NormError) => error.code);
  });
}

test('240 calls of every kind, 50 at a time, by adapters and norms on one ort: as one by one', async () => {
  expect(CALLS.length).toBeGreaterThan(240);
  let computed = 0;
  for (let first = 0; first < 240; first += 50) {
    const work = mixed(Math.min(50, 240 - first), first);
    const together = await Promise.all(work.map((compute) => compute()));
    const alone = [];
    for (const compute of work) alone.push(await compute());
    expect(together).toEqual(alone);
    computed += alone.filter((result) => typeof result === 'object').length;
  }
  // The native adapter has no gradients.
  expect(computed).toBeGreaterThan(200);
}, 120_000);

test('all 240 at once', async () => {
  const work = mixed(240, 0);
  const together = await Promise.all(work.map((compute) => compute()));
  const alone = [];
  for (const compute of work) alone.push(await compute());
  expect(together).toEqual(alone);
}, 120_000);

test('a session of the user’s own, whenever its runs begin beside calls of ours', async () => {
  const expected = await own.run();
  const compute = onTensors(norms[0]);
  const call = CALLS.find(
    ({ op, mode, ...rest }) => op === 'batchNorm' && mode === 'backward' && 'mean' in rest,
  );
  const alone = await compute(call as NormCall);
  for (let begins = 0; begins < 60; begins++) {
    const ours = compute(call as NormCall);
    for (let i = 0; i < begins; i++) await null;
    const [result, ran] = await Promise.all([ours, own.run()]);
    expect([result, ran]).toEqual([alone, expected]);
  }
});

test('runs of the user’s own that overlap each other, given to inTurn', async () => {
  const expected = await own.run();
  const x = new ort.Tensor('float32', [1, 3], [1, 2]);
  const ran = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? norms[0].layerNorm({ x }) : inTurn(ort, own.run))),
  );
  expect(ran.filter((result) => Array.isArray(result))).toEqual(Array(15).fill(expected));
  await expect(inTurn(ort, () => Promise.reject(new Error('theirs')))).rejects.toThrow('theirs');
});

test('prepared calls run, read and disposed of at the same time', async () => {
  const calls = CALLS.filter(({ op, mode }) => op === 'layerNorm' && mode === 'training').slice(0, 6);
  const [adapter] = adapters;
  const expected: unknown[] = [];
  for (const call of calls) expected.push(await adapter.run(call));
  const prepared = await Promise.all(calls.map((call) => adapter.prepare(call)));
  await Promise.all(prepared.flatMap((each) => [each.run(), each.run()]));
  const running = prepared.map((each) => each.run());
  const read = await Promise.all(prepared.map((each) => each.read()));
  expect(read).toEqual(expected);
  await Promise.all([...running, ...prepared.map((each) => each.dispose())]);
});

test('dispose waits for the calls that have begun, refuses those that come after, and leaves nothing', async () => {
  const { ort, sessions } = counted();
  const calls = CALLS.slice(0, 40);
  const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
  const norm = createNorm({ ort, strategy: 'graph' });
  const expected: NormResult[] = [];
  for (const call of calls) expected.push((await adapters[0].run(call)) as NormResult);

  const begun = calls.map(onTensors(norm));
  const disposing = [norm.dispose(), norm.dispose()];
  await expect(onTensors(norm)(calls[0])).rejects.toMatchObject({ name: 'NormError', code: 'disposed' });
  expect(await Promise.all(begun)).toEqual(expected);
  await Promise.all(disposing);
  expect(sessions.released).toBe(sessions.created);

  // An adapter's call may be between its parts: it ends, or is refused.
  const running = calls.map((call, i) => adapter.run(call).catch((error) => [i, error]));
  await Promise.resolve();
  await adapter.dispose();
  for (const [i, result] of (await Promise.all(running)).entries()) {
    if (Array.isArray(result)) expect(result).toEqual([i, expect.objectContaining({ code: 'disposed' })]);
    else expect(result).toEqual(expected[i]);
  }
  expect(sessions.released).toBe(sessions.created);
}, 60_000);
