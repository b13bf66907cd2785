// Every gradient against differences of the forward pass, in float64.
import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import { compute, sizeOf } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectClose, float64, normals, numbers } from './tensors';

type Inputs = Readonly<Record<string, Tensor>>;

/** The derivative of sum(dy * y) by every element of one input, by the five-point stencil: its error falls with h^4. */
function differences(
  forward: (inputs: Inputs) => Tensor,
  inputs: Inputs,
  name: string,
  dy: Tensor,
): number[] {
  const h = 2 ** -10;
  const weights = numbers(dy);
  const at = (i: number, step: number) => {
    const moved = numbers(inputs[name]);
    moved[i] += step;
    const y = numbers(forward({ ...inputs, [name]: float64(moved, inputs[name].shape) }));
    return y.reduce((total, value, k) => total + value * weights[k], 0);
  };
  return numbers(inputs[name]).map(
    (_, i) => (8 * (at(i, h) - at(i, -h)) - (at(i, 2 * h) - at(i, -2 * h))) / (12 * h),
  );
}

const normal = (shape: readonly number[], seed: number) => float64(normals(sizeOf(shape), seed), shape);

/** Checks dx, dgamma, dbeta (and more, by name) of a call that is given without mode. */
function checkGradients(
  call: Record<string, unknown>,
  forwardMode: 'inference' | 'training',
  inputs: Inputs,
  dy: Tensor,
): void {
  const { beta, ...others } = inputs;
  const forward = (given: Inputs) =>
    (compute({ ...call, mode: forwardMode, ...given } as unknown as NormCall) as { y: Tensor }).y;
  const gradients = compute({
    ...call,
    mode: 'backward',
    ...others,
    dy,
  } as unknown as NormCall) as NormResult;
  expect(Object.keys(gradients).sort()).toEqual(
    [...new Set([...Object.keys(inputs).map((name) => `d${name}`), 'dgamma'])].sort(),
  );
  for (const name of Object.keys(inputs)) {
    const actual = gradients[`d${name}` as keyof NormResult]!;
    expect(actual.shape).toEqual(inputs[name].shape);
    expectClose(actual, differences(forward, inputs, name, dy), 1e-6);
  }
  // beta is no argument of backward, gamma's gradient is there also without gamma.
  expect(beta === undefined || gradients.dbeta !== undefined).toBe(true);
}

const dimensions = (minimum: number, maximum: number) =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: minimum, maxLength: maximum });
const common = { seed: fc.integer({ min: 1, max: 1e6 }), epsilon: fc.constantFrom(0.1, 0.5) };
const check = (property: Parameters<typeof fc.assert>[0]) => fc.assert(property, { numRuns: 25 });

test('batchNorm, through the statistics of the batch', () =>
  check(
    fc.property(fc.record({ ...common, shape: dimensions(2, 4), last: fc.boolean() }), (c) => {
      const channels = c.last ? c.shape[c.shape.length - 1] : c.shape[1];
      const inputs = {
        x: normal(c.shape, c.seed),
        gamma: normal([channels], c.seed + 1),
        beta: normal([channels], c.seed + 2),
      };
      const layout = c.last ? 'channels-last' : 'channels-first';
      checkGradients(
        { op: 'batchNorm', layout, epsilon: c.epsilon },
        'training',
        inputs,
        normal(c.shape, c.seed + 3),
      );
    }),
  ));

test('batchNorm, with fixed statistics', () =>
  check(
    fc.property(
      fc.record({ ...common, shape: dimensions(1, 4), at: fc.nat() }),
      ({ shape, seed, epsilon, at }) => {
        const axis = at % shape.length;
        const channels = [shape[axis]];
        const variance = float64(numbers(normal(channels, seed + 4)).map((value) => 0.5 + Math.abs(value)));
        const inputs = {
          x: normal(shape, seed),
          gamma: normal(channels, seed + 1),
          beta: normal(channels, seed + 2),
          mean: normal(channels, seed + 3),
          variance,
        };
        checkGradients({ op: 'batchNorm', axis, epsilon }, 'inference', inputs, normal(shape, seed + 5));
      },
    ),
  ));

for (const op of ['layerNorm', 'rmsNorm'] as const) {
  test(op, () =>
    check(
      fc.property(
        dimensions(1, 4).chain((shape) =>
          fc.record({ ...common, shape: fc.constant(shape), axes: fc.shuffledSubarray([...shape.keys()]) }),
        ),
        ({ shape, axes, seed, epsilon }) => {
          const own = axes.map((axis) => shape[axis]);
          const inputs = {
            x: normal(shape, seed),
            gamma: normal(own, seed + 1),
            ...(op === 'layerNorm' ? { beta: normal(own, seed + 2) } : {}),
          };
          checkGradients({ op, axes, epsilon }, 'inference', inputs, normal(shape, seed + 3));
          checkGradients({ op, axes, epsilon, gammaOffset: 1 }, 'inference', inputs, normal(shape, seed + 3));
        },
      ),
    ),
  );
}

test('with a residual: the gradient of x is that of the residual, and dsum is the gradient of the sum', () => {
  for (const op of ['layerNorm', 'rmsNorm'] as const) {
    const [shape, seed] = [[3, 4], 11];
    const inputs = { x: normal(shape, seed), residual: normal(shape, seed + 1) };
    const [dy, dsum] = [normal(shape, seed + 2), normal(shape, seed + 3)];
    const call = { op, epsilon: 0.1 };
    const forward = (given: Inputs) =>
      compute({ ...call, mode: 'inference', ...given } as NormCall) as NormResult;
    const { dx } = compute({ ...call, mode: 'backward', ...inputs, dy, dsum } as NormCall) as { dx: Tensor };
    for (const name of ['x', 'residual']) {
      const byY = differences((given) => forward(given).y as Tensor, inputs, name, dy);
      const bySum = differences((given) => forward(given).sum as Tensor, inputs, name, dsum);
      expectClose(
        dx,
        byY.map((value, i) => value + bySum[i]),
        1e-6,
      );
    }
  }
});

for (const op of ['instanceNorm', 'groupNorm'] as const) {
  test(op, () =>
    check(
      fc.property(
        fc.record({
          ...common,
          shape: dimensions(op === 'instanceNorm' ? 3 : 2, 4),
          last: fc.boolean(),
          groups: fc.constantFrom(1, 2),
        }),
        ({ shape, last, groups, seed, epsilon }) => {
          const axis = last ? shape.length - 1 : 1;
          const full = shape.map((size, i) => (i === axis ? size * 2 : size));
          const inputs = {
            x: normal(full, seed),
            gamma: normal([full[axis]], seed + 1),
            beta: normal([full[axis]], seed + 2),
          };
          const call = {
            op,
            layout: last ? 'channels-last' : 'channels-first',
            epsilon,
            ...(op === 'groupNorm' ? { groups } : {}),
          };
          checkGradients(call, 'inference', inputs, normal(full, seed + 3));
        },
      ),
    ),
  );
}

test('without parameters the gradient is that of gamma 1', () => {
  for (const op of ['batchNorm', 'layerNorm', 'instanceNorm', 'rmsNorm'] as const) {
    const inputs = { x: normal([3, 2, 4], 7) };
    const dy = normal([3, 2, 4], 8);
    const call = { op, epsilon: 0.1 };
    const forward = (given: Inputs) =>
      (compute({ ...call, mode: 'training', ...given } as NormCall) as { y: Tensor }).y;
    const { dx } = compute({ ...call, mode: 'backward', ...inputs, dy } as NormCall) as { dx: Tensor };
    expectClose(dx, differences(forward, inputs, 'x', dy), 1e-6);
  }
});
