import { type NormCall, sizeOf, type Tensor } from '@normlayers/core';

/** Uniform numbers in [0, 1), the same on every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A float32 tensor of normally distributed numbers. */
export function normal(shape: number[], random: () => number, mean = 0, deviation = 1): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * random());
  });
  return { dtype: 'float32', shape, data };
}

function positive(tensor: Tensor): Tensor {
  return { ...tensor, data: Float32Array.from(tensor.data, (value) => Math.abs(value) + 0.1) };
}

type Extras = Record<string, unknown>;

interface Form {
  readonly op: NormCall['op'];
  readonly shape: number[];
  readonly parameterShape: number[];
  readonly attributes: Extras;
}

const FORMS: Form[] = [
  ...[
    [5, 3],
    [4, 3, 5],
    [2, 3, 4, 5],
    [2, 3, 2, 3, 2],
    [70, 3, 2, 1],
    [33, 37],
  ].flatMap((shape) => [
    { op: 'batchNorm' as const, shape, parameterShape: [shape[1] as number], attributes: {} },
    {
      op: 'batchNorm' as const,
      shape,
      parameterShape: [shape.at(-1) as number],
      attributes: { layout: 'channels-last' },
    },
  ]),
  { op: 'batchNorm', shape: [3, 4, 5], parameterShape: [3], attributes: { axis: 0 } },
  { op: 'batchNorm', shape: [7], parameterShape: [7], attributes: { axis: -1 } },
  ...[
    { shape: [6], axes: [0] },
    { shape: [4, 7], axes: [-1] },
    { shape: [4, 1023], axes: [1] },
    { shape: [3, 4, 5], axes: [1] },
    { shape: [3, 4, 5], axes: [2, 0] },
    { shape: [2, 3, 4, 5], axes: [1, 2, 3] },
    { shape: [2, 3, 4, 5], axes: [3, 1, 2] },
    { shape: [2, 3, 2, 3, 2], axes: [1, 3] },
    { shape: [2, 3, 2, 3, 2, 2], axes: [0, 2, 4] },
    { shape: [3, 4], axes: [] },
    { shape: [5, 1], axes: [1] },
  ].flatMap(({ shape, axes }) =>
    (['layerNorm', 'rmsNorm'] as const).map((op) => ({
      op,
      shape,
      parameterShape: axes.map((axis) => shape.at(axis) as number),
      attributes: { axes },
    })),
  ),
  ...[
    [3, 6],
    [2, 6, 5],
    [2, 4, 3, 5],
    [2, 2, 3, 2, 3],
  ].flatMap((shape) =>
    (['channels-first', 'channels-last'] as const).flatMap((layout) => {
      const channels = (layout === 'channels-first' ? shape[1] : shape.at(-1)) as number;
      const groups = [1, 2, 3].filter((count) => channels % count === 0);
      return [
        { op: 'instanceNorm' as const, shape, parameterShape: [channels], attributes: { layout } },
        ...groups.map((count) => ({
          op: 'groupNorm' as const,
          shape,
          parameterShape: [channels],
          attributes: { layout, groups: count },
        })),
      ];
    }),
  ),
];

const PARAMETERS = [
  { gamma: true, beta: true },
  { gamma: true, beta: false },
  { gamma: false, beta: true },
  { gamma: false, beta: false },
];

/** Every operation in every mode, over ranks, layouts and axes, with and without each parameter. */
export function everyCall(): { name: string; call: NormCall }[] {
  const random = seeded(1);
  const calls: { name: string; call: NormCall }[] = [];
  for (const { op, shape, parameterShape, attributes } of FORMS) {
    const channels = () => normal(parameterShape, random);
    const fixed = () => ({ mean: channels(), variance: positive(channels()) });
    for (const { gamma, beta } of PARAMETERS) {
      const parameters = {
        ...(gamma ? { gamma: channels() } : {}),
        ...(beta && op !== 'rmsNorm' ? { beta: channels() } : {}),
      };
      const add = (mode: NormCall['mode'], extras: Extras, what = '') => {
        const { beta: _beta, ...scale } = parameters as Extras;
        const x = normal(shape, random, 0.5, 2);
        const given = mode === 'backward' ? { dy: normal(shape, random), ...scale } : parameters;
        const call = { op, mode, x, ...given, ...attributes, ...extras } as unknown as NormCall;
        const name = `${op} ${mode}${what} [${shape}] ${JSON.stringify(attributes)} ${Object.keys(given).join()}`;
        calls.push({ name, call });
      };
      add('inference', op === 'batchNorm' ? fixed() : {});
      add('training', {});
      add('backward', {});
      if (op === 'batchNorm') add('backward', fixed(), ' (fixed statistics)');
      if (op === 'batchNorm' || op === 'instanceNorm') {
        const n =
          shape.reduce((a, b) => a * b, 1) /
          (op === 'batchNorm' ? parameterShape[0]! : shape[0]! * parameterShape[0]!);
        for (const rule of [
          { convention: 'pytorch' },
          { convention: 'pytorch', momentum: null, numBatchesTracked: 3 },
          { convention: 'keras' },
        ]) {
          if (n < 2) continue;
          add(
            'training',
            { runningMean: channels(), runningVar: positive(channels()), ...rule },
            ` (${Object.values(rule)})`,
          );
        }
      }
    }
  }
  return calls;
}
