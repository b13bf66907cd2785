import { type DType, type NormCall, type Tensor, toFloat16Bits } from '@normlayers/core';
import fc from 'fast-check';

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
    let state = seed;
    const numbers = (length: number, centre: number, spread: number) =>
      Float64Array.from({ length }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return centre + (state / 2 ** 31 - 1) * spread;
      });
    const tensor = (shape: number[], centre: number, spread: number): Tensor => {
      const values = numbers(
        shape.reduce((a, b) => a * b),
        centre,
        spread,
      );
      return { dtype, shape, data: stored(dtype, values) };
    };
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

function divisorOf(channels: number, seed: number): number {
  const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter((d) => channels % d === 0);
  return divisors[seed % divisors.length] as number;
}

function stored(dtype: DType, values: Float64Array): Tensor['data'] {
  if (dtype === 'float64') return values;
  if (dtype === 'float32') return Float32Array.from(values);
  return Uint16Array.from(values, toFloat16Bits);
}
