import { type ConformanceCase, generatedCases, runConformance } from '@normlayers/conformance';
import { NormError, tensor } from '@normlayers/core';
import { expect, test } from 'vitest';
import { plainJsAdapter } from '../src/index';

// It is a peer and no product: as any plain loop does it overflows at 1e19 and divides 0 by 0 where epsilon is 0, so
// that is not asked of it.
const ordinary = ({ tags, dtype, call }: ConformanceCase) =>
  tags.includes('grid') && dtype === 'float32' && call.epsilon !== 0;

test('it is right on every ordinary case that it takes, in both layouts', async () => {
  const { cases, totals } = await runConformance(plainJsAdapter(), {
    cases: generatedCases().filter(ordinary),
  });
  expect(
    cases
      .filter(({ grade }) => grade !== 'accurate' && grade !== 'unsupported')
      .map(({ name, message }) => `${name}: ${message}`),
  ).toEqual([]);
  expect(totals.accurate).toBeGreaterThan(40);
});

test('float16 and gradients are refused', async () => {
  const adapter = plainJsAdapter();
  const x = tensor(new Uint16Array(4), [2, 2]);
  await expect(adapter.run({ op: 'layerNorm', mode: 'inference', x })).rejects.toThrow(NormError);
});
