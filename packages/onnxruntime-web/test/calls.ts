import {
  allocate,
  type DType,
  type Mode,
  type NormCall,
  type Op,
  rounded,
  sizeOf,
  type Tensor,
} from '@normlayers/core';

/** Normally distributed numbers, the same on every run (mulberry32, Box and Muller 1958). */
export function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A tensor of what `element` gives for each index, rounded to its type. */
export function filled(dtype: DType, shape: readonly number[], element: (index: number) => number): Tensor {
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => element(i));
  return { dtype, shape, data: rounded(values, allocate(dtype, values.length)) };
}

/** An operation on one shape: what there is to vary beside the numbers. */
export interface Form {
  readonly op: Op;
  readonly shape: readonly number[];
  readonly parameterShape: readonly number[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Batch Norm's given statistics, in mode backward too. */
  readonly fixed?: boolean;
}

export const FORMS: readonly Form[] = [
  { op: 'batchNorm', shape: [5, 3], parameterShape: [3] },
  { op: 'batchNorm', shape: [7], parameterShape: [7], attributes: { axis: -1 }, fixed: true },
  { op: 'batchNorm', shape: [4, 3, 5], parameterShape: [3] },
  { op: 'batchNorm', shape: [2, 4, 5, 3], parameterShape: [3], attributes: { layout: 'channels-last' } },
  { op: 'batchNorm', shape: [3, 4, 5], parameterShape: [3], attributes: { axis: 0 } },
  { op: 'batchNorm', shape: [2, 3, 2, 3, 2], parameterShape: [3], fixed: true },
  { op: 'batchNorm', shape: [5, 4, 3], parameterShape: [3], attributes: { axis: 2 }, fixed: true },
  ...(['layerNorm', 'rmsNorm'] as const).flatMap((op): Form[] => [
    { op, shape: [6], parameterShape: [6] },
    { op, shape: [4, 1023], parameterShape: [1023] },
    { op, shape: [3, 4, 5], parameterShape: [4], attributes: { axes: [1] } },
    { op, shape: [3, 4, 5], parameterShape: [5, 3], attributes: { axes: [2, 0] } },
    { op, shape: [3, 4], parameterShape: [4, 3], attributes: { axes: [1, 0] } },
    { op, shape: [2, 3, 4, 5], parameterShape: [3, 4, 5], attributes: { axes: [1, 2, 3] } },
    { op, shape: [2, 3, 4, 5], parameterShape: [5, 3, 4], attributes: { axes: [3, 1, 2] } },
    { op, shape: [2, 3, 4, 5], parameterShape: [4, 5, 3], attributes: { axes: [2, 3, 1] } },
    { op, shape: [2, 3, 2, 3, 2, 2], parameterShape: [2, 2, 2], attributes: { axes: [0, 2, 4] } },
    { op, shape: [3, 4], parameterShape: [], attributes: { axes: [] } },
    { op, shape: [], parameterShape: [], attributes: { axes: [] } },
  ]),
  { op: 'instanceNorm', shape: [3, 4, 17], parameterShape: [4] },
  { op: 'instanceNorm', shape: [3, 6], parameterShape: [6] },
  { op: 'instanceNorm', shape: [2, 3, 5, 4], parameterShape: [4], attributes: { layout: 'channels-last' } },
  { op: 'groupNorm', shape: [2, 6, 5], parameterShape: [6], attributes: { groups: 3 } },
  { op: 'groupNorm', shape: [3, 6], parameterShape: [6], attributes: { groups: 2 } },
  {
    op: 'groupNorm',
    shape: [2, 3, 5, 4],
    parameterShape: [4],
    attributes: { groups: 2, layout: 'channels-last' },
  },
];

export const MODES: readonly Mode[] = ['inference', 'training', 'backward'];

export interface CallOptions {
  readonly dtype?: DType;
  readonly gamma?: boolean;
  readonly beta?: boolean;
  /** x's elements. Default: normally distributed, mean 0.5, deviation 2. */
  readonly element?: (index: number, normal: () => number) => number;
  /** More arguments. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A call of a form in a mode, its numbers seeded by its description. */
export function callOf(form: Form, mode: Mode, options: CallOptions = {}): NormCall {
  const { op, shape, parameterShape, attributes, fixed } = form;
  const { dtype = 'float32', gamma = true, beta = true, element, more } = options;
  const normal = normalNumbers(shape.length + 8 * parameterShape.length + MODES.indexOf(mode));
  const parameter = () => filled(dtype, parameterShape, normal);
  const given = op === 'batchNorm' && (mode === 'inference' || (mode === 'backward' && fixed));
  return {
    op,
    mode,
    x: filled(dtype, shape, (i) => (element ? element(i, normal) : 0.5 + 2 * normal())),
    ...(gamma ? { gamma: parameter() } : {}),
    ...(beta && op !== 'rmsNorm' && mode !== 'backward' ? { beta: parameter() } : {}),
    ...(mode === 'backward' ? { dy: filled(dtype, shape, normal) } : {}),
    ...(given
      ? { mean: parameter(), variance: filled(dtype, parameterShape, () => Math.abs(normal()) + 0.1) }
      : {}),
    ...attributes,
    ...more,
  } as unknown as NormCall;
}
