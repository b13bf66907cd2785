import type { DType, Mode } from '@normlayers/core';
import { OPERATIONS, OPS } from '@normlayers/core/adapter';
import { type CallForm, callOf } from '../call-form';
import { type ConformanceCase, conformanceCase } from '../conformance-case';
import { nameOf } from '../grid-cases';

const WITH_RESIDUAL = OPS.filter((op) => OPERATIONS[op].residual);
const MODES: readonly Mode[] = ['inference', 'training', 'backward'];

/** Rows as they lie, rows that must be gathered, one element, and more than a vector's width. */
const SHAPES: readonly Pick<CallForm, 'shape' | 'axes'>[] = [
  { shape: [4, 7] },
  { shape: [2, 3, 4], axes: [1, 2] },
  { shape: [3, 4, 5], axes: [0, 2] },
  { shape: [17] },
  { shape: [2, 1023] },
];

const DTYPES: readonly DType[] = ['float32', 'float64', 'float16'];

/** Sums that a program which adds and normalizes in one go may get wrong. */
const HARD: readonly (Required<Pick<CallForm, 'element' | 'residual'>> & {
  readonly what: string;
  readonly note: string;
})[] = [
  {
    what: 'residual takes an offset away',
    note: 'x and residual are far from 0, their sum is not',
    element: (_group, _place, normal) => 1e4 + normal,
    residual: (_group, _place, normal) => -1e4 + normal,
  },
  {
    what: 'sum rounds to one number',
    note: 'what is normalized is the sum as it is stored: a row of one number, whose answer is exactly beta',
    element: () => 2 ** 25,
    residual: (_group, place) => (place % 2 === 0 ? 0.25 : -0.25),
  },
  {
    what: 'residual much smaller than x',
    note: 'the sum keeps a few bits of the residual',
    element: (_group, _place, normal) => 1000 * normal,
    residual: (_group, _place, normal) => 1e-3 * normal,
  },
];

/**
 * Residual, the gradient of the sum's other uses, and gamma as a difference from 1, alone and together. `sum` must be
 * rounded once, and y be that of the rounded sum.
 */
export function residualCases(): ConformanceCase[] {
  const grid = WITH_RESIDUAL.flatMap((op) =>
    MODES.flatMap((mode, m) =>
      SHAPES.map((shape, s): CallForm => {
        const turn = s + m;
        return {
          op,
          mode,
          dtype: DTYPES[turn % 3],
          ...shape,
          residual: true,
          gamma: turn % 2 === 0,
          ...(turn % 4 === 0 ? { gammaOffset: 1 } : {}),
          ...(OPERATIONS[op].centred && mode !== 'backward' && turn % 3 > 0 ? { beta: true } : {}),
          ...(mode === 'backward' && s % 2 === 0 ? { dsum: true } : {}),
        };
      }),
    ),
  );
  const alone = WITH_RESIDUAL.flatMap((op): CallForm[] => [
    { op, mode: 'inference', dtype: 'float32', shape: [3, 16], residual: true },
    { op, mode: 'inference', dtype: 'float32', shape: [3, 16], gamma: true, gammaOffset: 1 },
    { op, mode: 'inference', dtype: 'float16', shape: [3, 16], gamma: true, gammaOffset: 1 },
    {
      op,
      mode: 'training',
      dtype: 'float32',
      shape: [3, 5, 2],
      axes: [2, 0],
      gamma: true,
      gammaOffset: -0.5,
    },
    { op, mode: 'backward', dtype: 'float32', shape: [3, 16], gamma: true, gammaOffset: 1 },
    { op, mode: 'backward', dtype: 'float32', shape: [3, 16], gamma: true, dsum: true },
  ]);
  const hard = WITH_RESIDUAL.flatMap((op) =>
    (['training', 'backward'] as const).flatMap((mode) =>
      HARD.map(({ what, note, ...input }) => {
        const form: CallForm = { op, mode, dtype: 'float32', shape: [4, 64], gamma: true, ...input };
        return residualCase(`${nameOf(form)} ${what}`, form, note);
      }),
    ),
  );
  return [...[...grid, ...alone].map((form) => residualCase(nameOf(form), form)), ...hard];
}

function residualCase(name: string, form: CallForm, note?: string): ConformanceCase {
  const { op, mode, dtype } = form;
  return conformanceCase({
    name,
    op,
    mode,
    dtype,
    tags: ['residual'],
    build: () => callOf(name, form),
    ...(note === undefined ? {} : { note }),
  });
}
