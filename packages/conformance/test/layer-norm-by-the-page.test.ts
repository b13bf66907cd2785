// What core's ADAPTERS.md promises: who has read it alone writes an adapter whose cases are all right.
import { passes, runConformance } from '@normlayers/conformance';
import { expect, test } from 'vitest';
import { strangersLayerNorm } from './layer-norm-by-the-page';

test('all Layer Norm cases of an adapter written by the page are right', async () => {
  const report = await runConformance(strangersLayerNorm(), { op: 'layerNorm' });
  const failing = report.cases.filter(({ grade }) => grade === 'imprecise' || grade === 'wrong');
  expect(failing.map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
  expect(passes(report)).toBe(true);
  const unsupported = report.cases.filter(({ grade }) => grade === 'unsupported');
  expect(unsupported.length).toBeGreaterThan(10);
  expect(new Set(unsupported.map(({ unsupported }) => unsupported?.code))).toEqual(new Set(['argument']));
});
