import { allocate, type DType, type NormCall, rounded, type Tensor } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Any operation in any mode on a small tensor, with data from ordinary to hard. */
export const anyCall: fc.Arbitrary<NormCall> = fc
  .record({
    op: fc.constantFrom('batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'),
    mode: fc.constantFrom('inference', 'training', 'backward'),
    dtype: fc.constantFrom<DType>('float32', 'float32', 'float32', 'float16', 'float64'),
    outer: fc.integer({ min: 1, max: 5 }),
    channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 140 })),
    inner: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 90 })),
    last: fc.boolean(),
    gamma: fc.boolean(),
    beta: fc.boolean(),
    fixed: fc.boolean(),
    epsilon: fc.constantFrom(1e-5, 1e-3, 1),
    offset: fc.constantFrom(0, 0, 0, 3, -1e3),
    scale: fc.constantFrom(1, 1, 1, 1e-3, 1e3),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  })
  .map((choice) => {
    const { op, mode, dtype, outer, channels, inner, last, epsilon, offset, scale, seed } = choice;
    const tensor = tensorsFrom(seed, dtype);
    const perRow = op === 'layerNorm' || op === 'rmsNorm';
    const shape = perRow || last ? [outer, inner, channels] : [outer, channels, inner];
    const parameter = () => tensor([channels], 1, 0.5);
    const statistics =
      op === 'batchNorm' && (mode === 'inference' || (mode === 'backward' && choice.fixed))
        ? { mean: tensor([channels], offset, 1), variance: tensor([channels], 2, 1) }
        : {};
    const layout = last ? 'channels-last' : 'channels-first';
    return {
      op,
      mode,
      x: tensor(shape, offset, scale),
      epsilon,
      ...(perRow ? {} : { layout }),
      ...(op === 'groupNorm' ? { groups: divisorOf(channels, seed) } : {}),
      ...(mode === 'backward' ? { dy: tensor(shape, 0, 1) } : {}),
      ...(choice.gamma ? { gamma: parameter() } : {}),
      ...(choice.beta && mode !== 'backward' && op !== 'rmsNorm' ? { beta: parameter() } : {}),
      ...statistics,
    } as NormCall;
  });

/**
 * Batch Norm, channels-last, of so many positions that rows are joined (512 and more) and written in blocks
 * (4,096).
 */
export const anyLongMap: fc.Arbitrary<NormCall> = fc
  .record({
    mode: fc.constantFrom('inference', 'training', 'backward'),
    dtype: fc.constantFrom<DType>('float32', 'float32', 'float64'),
    channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 150 })),
    positions: fc.oneof(fc.integer({ min: 500, max: 700 }), fc.integer({ min: 4_000, max: 9_000 })),
    offset: fc.constantFrom(0, 3, -1e3),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  })
  .map(({ mode, dtype, channels, positions, offset, seed }) => {
    const tensor = tensorsFrom(seed, dtype);
    const shape = [positions, channels];
    const parameter = () => tensor([channels], 1, 0.5);
    return {
      op: 'batchNorm',
      mode,
      layout: 'channels-last',
      x: tensor(shape, offset, 1),
      gamma: parameter(),
      ...(mode === 'backward' ? { dy: tensor(shape, 0, 1) } : { beta: parameter() }),
      ...(mode === 'inference'
        ? { mean: tensor([channels], offset, 1), variance: tensor([channels], 2, 1) }
        : {}),
    } as NormCall;
  });

/** Makes tensors of uniform numbers that follow from the seed, within `spread` of `centre`. */
export function tensorsFrom(
  seed: number,
  dtype: DType,
): (shape: readonly number[], centre: number, spread: number) => Tensor {
  const generator = xoroshiro128plus(seed);
  return (shape, centre, spread) => {
    const length = shape.reduce((a, b) => a * b);
    const values = Float64Array.from({ length }, () => centre + (2 * uniformFloat64(generator) - 1) * spread);
    return { dtype, shape: [...shape], data: rounded(values, allocate(dtype, length)) };
  };
}

function divisorOf(channels: number, seed: number): number {
  const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter((d) => channels % d === 0);
  return divisors[seed % divisors.length] as number;
}
