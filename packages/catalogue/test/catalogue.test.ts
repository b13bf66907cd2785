import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedCases } from '@normlayers/conformance';
import { MODES, type NormAdapter, type NormCall, type NormError, OPS } from '@normlayers/core/adapter';
import { describe, expect, test, vi } from 'vitest';
import { lackedByNode, NODE } from '../src/hosts/node';
import {
  CATALOGUE,
  inspectCase,
  inspectionText,
  megabytesOf,
  openEntry,
  reproduceCall,
  SUITE_ENTRIES,
} from '../src/index';

test('each back end is there once, and its name says whether it is native', () => {
  const names = CATALOGUE.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, kind } of CATALOGUE) expect(name.startsWith('native:'), name).toBe(kind === 'native');
});

test('what back ends share is fetched once', () => {
  const named = (...names: string[]) => CATALOGUE.filter(({ name }) => names.includes(name));
  expect(megabytesOf(named('wasm'))).toBe(0);
  expect(megabytesOf(named('tfjs/cpu', 'native:tfjs/cpu'))).toBe(megabytesOf(named('tfjs/cpu')));
});

describe.each(CATALOGUE.filter((entry) => lackedByNode(entry) === null))('$name in Node', (entry) => {
  test('opens under its own name', async () => {
    const opened = await openEntry(entry, NODE);
    // An optional peer may not be there, or not run here; the reason is then told.
    if ('reason' in opened) return expect([entry.family, opened.need]).toEqual(['jax-js', undefined]);
    expect(opened.name).toBe(entry.name);
    await opened.dispose();
  });
});

test('calls of all back ends at the same time, while some are disposed of, are those one by one', async () => {
  const adapters: NormAdapter[] = [];
  for (const entry of SUITE_ENTRIES) {
    if (lackedByNode(entry) !== null) continue;
    const opened = await openEntry(entry, NODE);
    if (!('reason' in opened)) adapters.push(opened);
  }
  // Of every operation and mode the first small case.
  const calls = OPS.flatMap((op) =>
    MODES.flatMap((mode) => {
      const small = generatedCases().find(
        ({ call, refusal, dtype, ...own }) =>
          refusal === undefined &&
          dtype === 'float32' &&
          own.op === op &&
          own.mode === mode &&
          call.x.data.length < 100,
      );
      return small === undefined ? [] : [small.call];
    }),
  );
  expect([adapters.length > 8, calls.length]).toEqual([true, 15]);
  const work = adapters.flatMap((adapter) => calls.map((call) => ({ adapter, call })));
  const outcome = ({ adapter, call }: (typeof work)[number]) =>
    adapter.run(call).catch(({ code }: NormError) => code);
  const alone: unknown[] = [];
  for (const one of work) alone.push(await outcome(one));
  expect(alone.filter((result) => typeof result === 'object').length).toBeGreaterThan(work.length / 2);
  expect(await Promise.all(work.map(outcome))).toEqual(alone);

  const each = work.map((one, i) => ({ ...one, result: alone[i] }));
  const able = each.filter(({ call, result }) => call === calls[0] && typeof result === 'object');
  const prepared = await Promise.all(able.map(({ adapter, call }) => adapter.prepare(call)));
  const begun = prepared.flatMap((one) => [one.run(), one.run()]);
  const beside = Promise.all(work.map(outcome));
  await Promise.all(begun);
  const read = await Promise.all(prepared.map((one) => one.read()));
  expect(read).toEqual(able.map(({ result }) => result));
  await Promise.all(prepared.map((one) => one.dispose()));
  expect(await beside).toEqual(alone);

  const [first, ...others] = adapters as [NormAdapter, ...NormAdapter[]];
  const last = Promise.all(work.map(outcome));
  const disposing = Promise.all(others.filter((_, i) => i % 2 === 0).map((adapter) => adapter.dispose()));
  const results = await last;
  await disposing;
  for (const [i, result] of results.entries()) if (result !== 'disposed') expect(result).toEqual(alone[i]);
  expect(await outcome({ adapter: first, call: calls[0] as NormCall })).toEqual(alone[0]);
  await Promise.all(adapters.map((adapter) => adapter.dispose()));
}, 60_000);

test('a back end that needs a browser says so in Node, by what it needs', async () => {
  const webgpu = SUITE_ENTRIES.find(({ name }) => name === 'tfjs/webgpu');
  expect(webgpu && (await openEntry(webgpu, NODE))).toEqual({
    reason: 'needs a browser (--runtime chromium)',
    need: 'webgpu',
  });
});

const small = generatedCases().find(({ name }) => name === 'rmsNorm inference bad input: gamma too short');
const [ordinary] = generatedCases();
const large = generatedCases().find(({ name }) => name === 'layerNorm inference float32 offset 10000');

test('a framework that is not installed is named, with what installs it', async () => {
  vi.resetModules();
  vi.doMock('@normlayers/browsers', () => ({ installedAt: () => null }));
  const { uninstalled } = await import('../src/hosts/node');
  vi.doUnmock('@normlayers/browsers');
  expect(uninstalled({ family: 'normlayers', name: 'wasm' })).toBeNull();
  expect(uninstalled({ family: 'onnxruntime-web', name: 'onnxruntime-web/wasm' })).toBe(
    'onnxruntime-web is not installed (npm install onnxruntime-web)',
  );
  const both = '@tensorflow/tfjs and @tensorflow/tfjs-backend-wasm are not installed';
  expect(uninstalled({ family: 'tfjs', name: 'native:tfjs/wasm' })).toContain(both);
});

test('a call is made again by a program: small tensors are written out, large ones taken from the suite', () => {
  if (small === undefined || large === undefined) throw new Error('the suite has other cases now');
  expect(reproduceCall('wasm', small, small.call, false)).toMatch(
    /^import \{ tensor \} from '@normlayers\/core';\nimport \{ wasmAdapter \} from '@normlayers\/wasm';\n\nconst adapter = await wasmAdapter\(\);\nconst results = await adapter\.run\(\{\n {2}op: "rmsNorm",\n/,
  );
  const again = reproduceCall('native:onnxruntime-web/webgpu:jsep', large, large.call, true);
  expect(again).toContain("import { generatedCases, inOtherLayout } from '@normlayers/conformance';");
  expect(again).toContain("import * as ort from 'onnxruntime-web/all';");
});

test('the program that makes a call again runs in Node from this package, without a compiler', () => {
  const file = join(import.meta.dirname, 'call-again.mjs');
  for (const testCase of [ordinary, large]) {
    if (testCase === undefined) throw new Error('the suite has other cases now');
    writeFileSync(file, reproduceCall('reference', testCase, testCase.call, false));
    try {
      const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
      expect([stdout, stderr]).toEqual([expect.stringMatching(/^\{\n {2}y: \{\n {4}dtype: 'float32',/), '']);
    } finally {
      rmSync(file);
    }
  }
});

test('a case looked at closely tells its worst element with all digits', async () => {
  const [reference] = SUITE_ENTRIES;
  const adapter = reference && (await openEntry(reference, NODE));
  if (large === undefined || adapter === undefined || 'reason' in adapter) throw new Error('not there');
  const text = inspectionText(await inspectCase(adapter, large));
  expect(text).toMatch(/^reference: layerNorm inference float32 offset 10000\n/);
  expect(text).toMatch(
    /\n {2}y\[\d+,\d+\] is -?\d\.\d{10,}, expected -?\d\.\d{10,}: off by \S+, allowed \S+, \S+ of its budget\n/,
  );
});
