import { readFile } from 'node:fs/promises';
import { tensor } from '@normlayers/core';
import { createNorm, createNormInPlace, wasmAdapter } from '@normlayers/wasm';
import { kernels } from '@normlayers/wasm/embedded';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const refused = (message: RegExp) => ({
  name: 'NormError',
  code: 'backend',
  message: expect.stringMatching(message),
});

test.each([
  ['createNorm', () => createNorm()],
  ['wasmAdapter', () => wasmAdapter()],
  ['createNormInPlace', () => createNormInPlace({} as never)],
])('%s without WebAssembly refuses, and says what computes the same', async (_, create) => {
  vi.stubGlobal('WebAssembly', undefined);
  await expect(create()).rejects.toMatchObject(refused(/no WebAssembly; @normlayers\/core/));
});

test('without SIMD it refuses, and says what computes the same', async () => {
  vi.stubGlobal('WebAssembly', { validate: () => false });
  await expect(createNorm()).rejects.toMatchObject(refused(/no WebAssembly SIMD; @normlayers\/core/));
});

/** As Node 18 has it, which knows gzip and deflate. */
class WithoutRaw {
  constructor(format: string) {
    throw new TypeError(`The argument 'format' must be one of: 'deflate', 'gzip'. Received '${format}'`);
  }
}

test.each([
  ['without DecompressionStream', undefined],
  ['with one that knows no deflate-raw', WithoutRaw],
])('%s it says what to give, and takes it', async (_, stream) => {
  const { createNorm: createAfresh } = await import('../src/index');
  vi.stubGlobal('DecompressionStream', stream);
  await expect(createAfresh()).rejects.toMatchObject(
    refused(/DecompressionStream.*@normlayers\/wasm\/kernels/),
  );
  const file = async (name: string) =>
    new Uint8Array(await readFile(new URL(`../dist/kernels/${name}.wasm`, import.meta.url)));
  const norm = await createAfresh({
    float64: false,
    kernels: { float32: await file('float32'), float16: (await file('float16')).buffer },
  });
  expect([...norm.rmsNorm({ x: tensor([3, 3], [1, 2]), epsilon: 0 }).y.data]).toEqual([1, 1]);
  norm.dispose();
});

test('what failed to load is tried again', async () => {
  const { createNorm: createAfresh } = await import('../src/index');
  vi.stubGlobal('DecompressionStream', undefined);
  await expect(createAfresh()).rejects.toMatchObject({ code: 'backend' });
  vi.unstubAllGlobals();
  (await createAfresh()).dispose();
});

test('a policy that forbids WebAssembly is named', async () => {
  vi.stubGlobal('WebAssembly', {
    ...wasmMembers(),
    compile: () => Promise.reject(new WebAssembly.CompileError('Refused to compile')),
  });
  await expect(createNorm()).rejects.toMatchObject(refused(/Refused to compile.*wasm-unsafe-eval/));
});

test('an engine that gives no memory says so', async () => {
  class Memory {
    constructor() {
      throw new RangeError('could not allocate memory');
    }
  }
  vi.stubGlobal('WebAssembly', { ...wasmMembers(), Memory });
  await expect(createNorm()).rejects.toMatchObject({
    name: 'NormError',
    code: 'out-of-memory',
    message: expect.stringContaining('could not allocate memory'),
  });
});

test('kernels that are given are used, and none is imported; a missing one is named', async () => {
  vi.doMock('../src/kernels/embedded/float32', () => {
    throw new TypeError('import() is disallowed on ServiceWorkerGlobalScope');
  });
  const { createNorm: createAfresh } = await import('../src/index');
  await expect(createAfresh({ relaxed: false })).rejects.toMatchObject(
    refused(/createNorm the kernels of @normlayers\/wasm\/embedded/),
  );
  const norm = await createAfresh({ kernels, relaxed: false });
  expect([...norm.rmsNorm({ x: tensor([3, 3], [1, 2]), epsilon: 0 }).y.data]).toEqual([1, 1]);
  norm.dispose();
  vi.doUnmock('../src/kernels/embedded/float32');
  const { float64: _, ...without } = kernels;
  await expect(createAfresh({ kernels: without, relaxed: false })).rejects.toMatchObject({
    code: 'missing-argument',
    argument: 'kernels',
    message: expect.stringContaining("kernels['float64']"),
  });
});

/** A namespace's functions cannot be spread: they are not enumerable. */
function wasmMembers(): Record<string, unknown> {
  return Object.fromEntries(
    Object.getOwnPropertyNames(WebAssembly).map((name) => [
      name,
      (WebAssembly as unknown as Record<string, unknown>)[name],
    ]),
  );
}
