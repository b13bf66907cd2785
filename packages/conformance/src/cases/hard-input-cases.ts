import type { DType, Mode, Op } from '@normlayers/core';
import { OPERATIONS } from '@normlayers/core/adapter';
import { type CallForm, callOf } from './call-form';
import { type ConformanceCase, conformanceCase } from './conformance-case';

/** Input that breaks implementations which are right on ordinary data. */
interface HardInput {
  readonly name: string;
  readonly note: string;
  readonly dtype: DType;
  readonly epsilon?: number;
  readonly element: NonNullable<CallForm['element']>;
  readonly mean?: NonNullable<CallForm['mean']>;
  /** Where it has meaning. Default: everywhere. */
  readonly modes?: readonly Mode[];
  readonly ops?: readonly Op[];
}

const FORWARD: readonly Mode[] = ['inference', 'training'];

const offset = (by: number): HardInput => ({
  name: `offset ${by}`,
  note: 'far from 0: E[x^2] - E[x]^2 in float32 cancels, a mean in float32 rounds',
  dtype: 'float32',
  element: (group, _place, normal) => (group % 2 === 0 ? by : -by) + normal,
});

const scaled = (by: number, epsilon = 1e-5): HardInput => ({
  name: `scale ${by}${epsilon === 0 ? ' epsilon 0' : ''}`,
  note: 'the square is out of the range of the type, the answer is not',
  dtype: 'float32',
  epsilon,
  element: (_group, _place, normal) => by * (0.25 + normal),
});

const CONSTANTS = [0.1, -3, 1e4, 0, 16777217 / 3];

const constant = (epsilon: number): HardInput => ({
  name: `constant rows epsilon ${epsilon}`,
  note: 'no variance: the answer is exactly beta',
  dtype: 'float32',
  epsilon,
  element: (group) => CONSTANTS[group % CONSTANTS.length],
  // With epsilon 0 the gradient would be 0 * Infinity.
  ...(epsilon === 0 ? { modes: FORWARD } : {}),
});

const HARD_INPUTS: readonly HardInput[] = [
  offset(1e3),
  offset(1e4),
  offset(1e6),
  constant(1e-5),
  constant(0),
  scaled(1e19),
  scaled(1e30),
  scaled(1e-20, 0),
  scaled(1e-40),
  // The gradient is 1e40 times dy, which float32 does not hold.
  { ...scaled(1e-40, 0), modes: FORWARD },
  {
    name: 'NaN and Inf',
    note: 'the groups that hold them become NaN as a whole, no other changes',
    dtype: 'float32',
    element: (group, place, normal) =>
      group === 1 && place === 2 ? NaN : group === 3 && place === 1 ? -Infinity : normal,
  },
  {
    name: 'around 1000',
    note: 'in float16 the square of anything above 256 overflows',
    dtype: 'float16',
    element: (_group, _place, normal) => 1000 + 30 * normal,
  },
  {
    name: 'up to 6e4',
    note: 'nearly all of the range of float16, which ends at 65504',
    dtype: 'float16',
    element: (_group, place, normal) => 6e4 * Math.sin(place + normal),
  },
  {
    name: 'scale 1e200',
    note: 'the square overflows float64',
    dtype: 'float64',
    modes: ['inference'],
    element: (_group, _place, normal) => 1e200 * normal,
  },
  {
    name: 'x and mean at 1e4',
    note: 'folded into x * a + b, the two large terms cancel and leave their rounding',
    dtype: 'float32',
    ops: ['batchNorm'],
    modes: ['inference', 'backward'],
    element: (_group, _place, normal) => 1e4 + normal,
    mean: (channel) => 1e4 + channel / 8,
  },
];

/** Five groups or more, of a size that no vector width divides. */
const SHAPES: Readonly<Record<Op, Pick<CallForm, 'shape' | 'groups'>>> = {
  batchNorm: { shape: [3, 5, 11] },
  layerNorm: { shape: [5, 771] },
  instanceNorm: { shape: [2, 3, 3, 11] },
  groupNorm: { shape: [3, 4, 11], groups: 2 },
  rmsNorm: { shape: [5, 771] },
};

const ALL_MODES: readonly Mode[] = ['inference', 'training', 'backward'];

/** Every hard input for every operation and mode where it has meaning, and empty batches. */
export function hardInputCases(): ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  for (const op of Object.keys(SHAPES) as Op[]) {
    for (const input of HARD_INPUTS) {
      if (input.ops !== undefined && !input.ops.includes(op)) continue;
      for (const mode of input.modes ?? ALL_MODES) cases.push(hardCase(op, mode, input));
    }
    cases.push(emptyBatch(op));
  }
  return cases;
}

function hardCase(op: Op, mode: Mode, input: HardInput): ConformanceCase {
  const { dtype, element, epsilon, mean, note } = input;
  const name = `${op} ${mode} ${dtype} ${input.name}`;
  const form: CallForm = {
    op,
    mode,
    dtype,
    ...SHAPES[op],
    element,
    gamma: true,
    beta: mode !== 'backward' && OPERATIONS[op].centred,
    fixed: mean !== undefined,
    ...(mean === undefined ? {} : { mean }),
    ...(epsilon === undefined ? {} : { epsilon }),
  };
  return conformanceCase({
    name,
    op,
    mode,
    dtype,
    note,
    tags: ['hard', input.name],
    build: () => callOf(name, form),
  });
}

function emptyBatch(op: Op): ConformanceCase {
  const name = `${op} inference float32 empty batch`;
  const { shape, ...rest } = SHAPES[op];
  const form: CallForm = {
    op,
    mode: 'inference',
    dtype: 'float32',
    shape: [0, ...shape.slice(1)],
    gamma: true,
    beta: OPERATIONS[op].centred,
    ...rest,
  };
  return conformanceCase({
    name,
    op,
    mode: 'inference',
    dtype: 'float32',
    note: 'nothing in, nothing out',
    tags: ['hard', 'empty batch'],
    build: () => callOf(name, form),
  });
}
