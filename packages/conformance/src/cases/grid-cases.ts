import type { DType, Mode, Op } from '@normlayers/core';
import { OPERATIONS } from '@normlayers/core/adapter';
import { type CallForm, callOf } from './call-form';
import { type ConformanceCase, conformanceCase } from './conformance-case';

/** Where the statistics are taken, in every rank, layout and order of axes that an operation has. */
type Shape = Pick<CallForm, 'shape' | 'layout' | 'axis' | 'axes' | 'groups'>;

const BATCH_NORM: readonly Shape[] = [
  { shape: [4, 3] },
  { shape: [5, 1], layout: 'channels-last' },
  { shape: [2, 5, 3] },
  { shape: [2, 3, 5], layout: 'channels-last' },
  { shape: [2, 3, 4, 5] },
  { shape: [2, 4, 5, 3], layout: 'channels-last' },
  { shape: [2, 3, 2, 3, 2] },
  { shape: [2, 2, 3, 2, 7], layout: 'channels-last' },
  { shape: [3, 4, 2], axis: 0 },
  { shape: [2, 3, 5, 4], axis: -2 },
  { shape: [6], axis: 0 },
  { shape: [1, 17, 3, 3] },
  { shape: [3, 1023] },
  { shape: [1, 1, 256, 256] },
];

const LAST_AXES: readonly Shape[] = [
  { shape: [3, 1] },
  { shape: [4, 3] },
  { shape: [2, 3, 5] },
  { shape: [3, 7], axes: [-1] },
  { shape: [17] },
  { shape: [2, 1023] },
  { shape: [1, 65536] },
  { shape: [2, 3, 4], axes: [1, 2] },
  { shape: [2, 3, 4, 5], axes: [-3, -2, -1] },
  { shape: [2, 2, 4, 3], axes: [3, 1, 2] },
  { shape: [3, 4, 5], axes: [0, 2] },
  { shape: [3, 5, 2], axes: [0] },
  { shape: [2, 3, 2, 2, 3], axes: [4, 2] },
  { shape: [2, 3], axes: [1, 0] },
  { shape: [2, 3], axes: [] },
];

const INSTANCE_NORM: readonly Shape[] = [
  { shape: [2, 3, 5] },
  { shape: [2, 5, 3], layout: 'channels-last' },
  { shape: [2, 3, 4, 5] },
  { shape: [2, 4, 5, 3], layout: 'channels-last' },
  { shape: [2, 3, 2, 3, 2] },
  { shape: [2, 2, 3, 2, 3], layout: 'channels-last' },
  { shape: [1, 1, 17] },
  { shape: [2, 3, 1] },
  { shape: [1, 2, 1023] },
  { shape: [1, 1, 256, 256] },
];

const GROUP_NORM: readonly Shape[] = [
  { shape: [3, 4], groups: 2 },
  { shape: [2, 6, 5], groups: 3 },
  { shape: [2, 5, 6], groups: 2, layout: 'channels-last' },
  { shape: [2, 4, 3, 3], groups: 1 },
  { shape: [2, 3, 4, 7], groups: 7, layout: 'channels-last' },
  { shape: [2, 4, 3, 5], groups: 4 },
  { shape: [2, 6, 2, 1, 3], groups: 2 },
  { shape: [2, 2, 1, 3, 6], groups: 3, layout: 'channels-last' },
  { shape: [1, 17], groups: 1 },
  { shape: [1, 6, 11, 31], groups: 2 },
  { shape: [1, 4, 128, 128], groups: 1 },
];

const SHAPES: Readonly<Record<Op, readonly Shape[]>> = {
  batchNorm: BATCH_NORM,
  layerNorm: LAST_AXES,
  instanceNorm: INSTANCE_NORM,
  groupNorm: GROUP_NORM,
  rmsNorm: LAST_AXES,
};

const MODES: readonly Mode[] = ['inference', 'training', 'backward'];
const EPSILONS = [1e-5, 1e-3, undefined, 1e-12, 0];

/**
 * Every operation and mode on every shape in float32, with presence of gamma and beta and epsilon turning over, so that
 * every pair of choices meets somewhere; float64 and float16 on every third shape, another third in each mode.
 */
export function gridCases(): ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  for (const [op, shapes] of Object.entries(SHAPES) as [Op, readonly Shape[]][]) {
    MODES.forEach((mode, m) => {
      shapes.forEach((shape, s) => {
        const turn = s + m * shapes.length;
        const large = shape.shape.reduce((a, b) => a * b) >= 65536;
        for (const dtype of dtypesAt(s + m, large)) cases.push(gridCase({ op, mode, dtype, ...shape }, turn));
        if (op === 'batchNorm' && mode === 'backward' && s % 2 === 0 && !large) {
          cases.push(gridCase({ op, mode, dtype: 'float32', ...shape, fixed: true }, turn + 1));
        }
      });
    });
  }
  return cases;
}

function dtypesAt(turn: number, large: boolean): DType[] {
  if (large) return ['float32'];
  return [['float32', 'float64'] as DType[], ['float32', 'float16'] as DType[], ['float32'] as DType[]][
    turn % 3
  ];
}

function gridCase(form: CallForm, turn: number): ConformanceCase {
  const gamma = turn % 4 < 2;
  const beta = turn % 2 === 0 && OPERATIONS[form.op].centred && form.mode !== 'backward';
  const parameterType: DType = form.dtype === 'float16' && turn % 2 === 1 ? 'float32' : form.dtype;
  const epsilon = epsilonAt(form, turn);
  const full: CallForm = {
    ...form,
    gamma,
    beta,
    parameterType,
    ...(epsilon === undefined ? {} : { epsilon }),
  };
  const name = nameOf(full);
  return conformanceCase({
    name,
    op: form.op,
    mode: form.mode,
    dtype: form.dtype,
    tags: ['grid'],
    build: () => callOf(name, full),
  });
}

/** A group of one has variance 0: with epsilon 0 its gradient is 0 * Infinity, and the next epsilon takes its place. */
function epsilonAt(form: CallForm, turn: number): number | undefined {
  const epsilon = EPSILONS[turn % EPSILONS.length];
  return epsilon === 0 && form.mode === 'backward' && !form.fixed && hasGroupsOfOne(form) ? 1e-5 : epsilon;
}

function hasGroupsOfOne({ op, shape, axes, groups, layout, axis }: CallForm): boolean {
  const size = shape.reduce((a, b) => a * b);
  if (OPERATIONS[op].sharedBy === 'axes') return (axes ?? [-1]).every((a) => shape.at(a) === 1);
  const channels = shape.at(axis ?? (layout === 'channels-last' ? -1 : 1)) ?? 1;
  if (op === 'batchNorm') return size === channels;
  return size === shape[0] * (op === 'groupNorm' ? (groups ?? 1) : channels);
}

/** A form in words: unique, and enough to make the call again. */
export function nameOf(form: CallForm): string {
  const { op, mode, dtype, shape, layout, axis, axes, groups, gamma, beta, epsilon, fixed, parameterType } =
    form;
  const { residual, dsum, gammaOffset, mask } = form;
  return [
    op,
    mode,
    dtype,
    `[${shape}]`,
    layout,
    axis === undefined ? undefined : `axis ${axis}`,
    axes === undefined ? undefined : `axes [${axes}]`,
    groups === undefined ? undefined : `${groups} groups`,
    gamma && 'gamma',
    beta && 'beta',
    residual === true && 'residual',
    dsum && 'dsum',
    mask === true && 'mask',
    gammaOffset === undefined ? undefined : `gamma offset ${gammaOffset}`,
    epsilon === undefined ? undefined : `epsilon ${epsilon}`,
    fixed && 'fixed statistics',
    parameterType !== undefined && parameterType !== dtype ? `${parameterType} parameters` : undefined,
  ]
    .filter(Boolean)
    .join(' ');
}
