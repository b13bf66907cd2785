import type { NormResult } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallForm, callOf } from '../src/cases/call-form';
import { inOtherLayout } from '../src/running/other-layout';

const sizes = (least: number, most: number) =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: least, maxLength: most });
const mode = fc.constantFrom('inference', 'training', 'backward' as const);
const layout = fc.constantFrom('channels-first', 'channels-last' as const);

const byAxes = fc
  .record({ op: fc.constantFrom('layerNorm', 'rmsNorm' as const), mode, shape: sizes(2, 5) })
  .chain((form) =>
    fc
      .shuffledSubarray(form.shape.map((_, axis) => axis))
      .map((axes): CallForm => ({ ...form, dtype: 'float64', axes, gamma: true })),
  );
const byLayout = fc
  .oneof(
    fc.record({ op: fc.constant('batchNorm' as const), mode, shape: sizes(2, 5), layout }),
    fc.record({ op: fc.constant('instanceNorm' as const), mode, shape: sizes(3, 5), layout }),
  )
  .map((form): CallForm => ({ ...form, dtype: 'float64', gamma: true }));
const byAxis = fc
  .record({ mode, shape: sizes(2, 5), axis: fc.integer({ min: -2, max: 1 }), fixed: fc.boolean() })
  .map(
    ({ fixed, ...form }): CallForm => ({
      op: 'batchNorm',
      ...form,
      dtype: 'float64',
      gamma: true,
      fixed: fixed && form.mode === 'backward',
    }),
  );

test('the other layout is another call with the same answer', () => {
  fc.assert(
    fc.property(fc.oneof(byAxes, byLayout, byAxis), (form) => {
      const call = callOf('other layout', { ...form, epsilon: 1e-3 });
      const other = inOtherLayout(call)!;
      const here: NormResult = compute(call);
      const there = other.restore(compute(other.call));
      expect(Object.keys(there)).toEqual(Object.keys(here));
      for (const [name, { shape, data }] of Object.entries(here)) {
        const restored = there[name as keyof NormResult]!;
        expect(restored.shape, name).toEqual(shape);
        data.forEach((value, i) => {
          expect(Math.abs(restored.data[i] - value), `${name} ${i}`).toBeLessThan(
            1e-11 * (1 + Math.abs(value)),
          );
        });
      }
      // A channel axis that is neither second nor last goes last, and comes back second.
      if (form.axis === undefined) expect(inOtherLayout(other.call)!.call.x.data).toEqual(call.x.data);
    }),
  );
});

test('rank 1 has no other layout', () => {
  expect(
    inOtherLayout(callOf('rank 1', { op: 'layerNorm', mode: 'inference', dtype: 'float32', shape: [3] })),
  ).toBeNull();
});
