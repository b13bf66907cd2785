import { createNorm, threadsUnavailable, wasmAdapter, wasmThreadsAdapter } from '@normlayers/wasm';
import { describe, expect, test } from 'vitest';

const wrong: readonly (readonly [string, unknown])[] = [
  ['threads', 2.5],
  ['threads', -1],
  ['threads', 0],
  ['threads', '4'],
  ['threads', NaN],
  ['threads', 1e9],
  ['threads', null],
  ['threadz', 4],
  ['maximumBytes', -1],
  ['maximumBytes', 2 ** 33],
  ['relaxed', 'yes'],
  ['float64', 0],
  ['kernels', 'float32'],
];

describe.each([
  ['createNorm', createNorm],
  ['wasmAdapter', wasmAdapter],
  ['wasmThreadsAdapter', wasmThreadsAdapter],
] as const)('%s', (_, create) => {
  test.each(wrong)('refuses %s: %o', async (argument, value) => {
    await expect(create({ [argument]: value })).rejects.toMatchObject({
      name: 'NormError',
      code: 'unknown-argument',
      argument,
      message: expect.stringContaining(argument),
    });
  });

  test('refuses what is no object', async () => {
    await expect(create(4 as never)).rejects.toMatchObject({ name: 'NormError', code: 'unknown-argument' });
  });
});

test('kernels say how many threads they have', async () => {
  const one = await createNorm();
  expect(one.threads).toBe(1);
  one.dispose();
  expect(threadsUnavailable()).toBeNull();
  const three = await createNorm({ threads: 3 });
  expect(three.threads).toBe(3);
  three.dispose();
});
