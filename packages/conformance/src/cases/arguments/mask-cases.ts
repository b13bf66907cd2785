import type { DType, Mode, Op } from '@normlayers/core';
import { type CallForm, callOf } from '../call-form';
import { type ConformanceCase, conformanceCase } from '../conformance-case';
import { nameOf } from '../grid-cases';

const MODES: readonly Mode[] = ['inference', 'training', 'backward'];
const DTYPES: readonly DType[] = ['float32', 'float64', 'float16'];

const SHAPES: Readonly<
  Partial<Record<Op, readonly Pick<CallForm, 'shape' | 'layout' | 'axis' | 'groups'>[]>>
> = {
  batchNorm: [
    { shape: [5, 3, 4] },
    { shape: [4, 6, 3], layout: 'channels-last' },
    { shape: [2, 3, 4, 5], axis: 2 },
    { shape: [7, 3] },
  ],
  instanceNorm: [{ shape: [3, 2, 9] }, { shape: [2, 3, 4, 2], layout: 'channels-last' }],
  groupNorm: [
    { shape: [3, 4, 9], groups: 2 },
    { shape: [2, 7, 6], groups: 3, layout: 'channels-last' },
  ],
};

/** A sequence of another length in each sample, as padding leaves it: the last sample has none. */
const LENGTHS = [6, 1, 4, 0];

/**
 * Masks: valid elements are normalized as if they were alone, and nothing comes of the others, whatever stands there. Where
 * there is padding, x holds what would ruin any statistic.
 */
export function maskCases(): ConformanceCase[] {
  const grid = (Object.keys(SHAPES) as Op[]).flatMap((op) =>
    (SHAPES[op] ?? []).flatMap((shape, s) =>
      MODES.map((mode, m): CallForm => {
        const turn = s + m;
        return {
          op,
          mode,
          dtype: DTYPES[turn % 3],
          ...shape,
          gamma: turn % 2 === 0,
          ...(mode === 'backward' ? {} : { beta: turn % 4 < 2 }),
          ...(op === 'batchNorm' && mode === 'training' && s < 2
            ? { running: { convention: 'pytorch' } }
            : {}),
          ...(op === 'batchNorm' && mode === 'backward' && s === 1 ? { fixed: true } : {}),
          mask: true,
        };
      }),
    ),
  );
  const padded = (['batchNorm', 'instanceNorm', 'groupNorm'] as const).flatMap((op) =>
    MODES.filter((mode) => mode !== 'inference' || op !== 'batchNorm').map(
      (mode): CallForm => ({
        op,
        mode,
        dtype: 'float32',
        shape: [4, 4, 6],
        ...(op === 'groupNorm' ? { groups: 2 } : {}),
        gamma: true,
        mask: (sample, place) => place < LENGTHS[sample],
        // Of x's groups and places only those of Instance Norm are samples' own: elsewhere all is ordinary.
        ...(op === 'instanceNorm'
          ? {
              element: (group: number, place: number, normal: number) =>
                place < LENGTHS[Math.floor(group / 4)] ? normal : place % 2 === 0 ? Infinity : 1e30,
            }
          : {}),
      }),
    ),
  );
  return [
    ...grid.map((form) => maskCase(nameOf(form), form)),
    ...padded.map((form) => maskCase(`${nameOf(form)} mask of lengths`, form)),
  ];
}

function maskCase(name: string, form: CallForm): ConformanceCase {
  const { op, mode, dtype } = form;
  return conformanceCase({ name, op, mode, dtype, tags: ['mask'], build: () => callOf(name, form) });
}
