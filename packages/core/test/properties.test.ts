// What must hold of any input, whatever the numbers.
import {
  batchNorm,
  batchNormBackward,
  batchNormTraining,
  type DType,
  groupNorm,
  groupNormBackward,
  groupNormTraining,
  instanceNorm,
  instanceNormBackward,
  instanceNormTraining,
  layerNorm,
  layerNormBackward,
  layerNormTraining,
  rmsNorm,
  rmsNormBackward,
  type Tensor,
} from '@normlayers/core';
import { sizeOf } from '@normlayers/core/adapter';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose, float64, numbers, of, reordered } from './tensors';

/** Multiples of 1/8 up to 100: sums and shifts of them are exact in float64. */
const eighths = (count: number) =>
  fc
    .array(fc.integer({ min: -800, max: 800 }), { minLength: count, maxLength: count })
    .map((values) => values.map((value) => value / 8));
const filled = (shape: readonly number[]) => eighths(sizeOf(shape)).map((data) => float64(data, shape));
const shapes = (minimum: number, maximum: number) =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: minimum, maxLength: maximum });
const epsilons = fc.constantFrom(1e-5, 1e-3, 0.5);
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 17 }))
  .chain(([rows, features]) =>
    fc.tuple(filled([rows, features]), eighths(features), eighths(features), filled([rows, features])),
  );

const check = (...args: Parameters<typeof fc.assert>) => fc.assert(args[0], { numRuns: 60, ...args[1] });
const map = (x: Tensor, change: (value: number, i: number) => number) =>
  float64(numbers(x).map(change), x.shape);
const rowsOf = (x: Tensor) => {
  const values = numbers(x);
  const features = x.shape[1];
  return Array.from({ length: x.shape[0] }, (_, r) => values.slice(r * features, (r + 1) * features));
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('invariance', () => {
  test('Layer Norm does not see a constant added to a row', () =>
    check(
      fc.property(
        matrix,
        fc.integer({ min: -1e6, max: 1e6 }),
        epsilons,
        ([x, gamma, beta], shift, epsilon) => {
          const parameters = { gamma: float64(gamma), beta: float64(beta), epsilon };
          const shifted = map(x, (value) => value + shift);
          expectClose(layerNorm({ x: shifted, ...parameters }).y, layerNorm({ x, ...parameters }).y, 1e-10);
        },
      ),
    ));

  test('scaling by a power of two, epsilon by its square, changes no bit', () =>
    check(
      fc.property(matrix, fc.integer({ min: -40, max: 40 }), epsilons, ([x], exponent, epsilon) => {
        const scaled = map(x, (value) => value * 2 ** exponent);
        const its = { x: scaled, epsilon: epsilon * 4 ** exponent };
        expect(numbers(layerNorm(its).y)).toEqual(numbers(layerNorm({ x, epsilon }).y));
        expect(numbers(rmsNorm(its).y)).toEqual(numbers(rmsNorm({ x, epsilon }).y));
        expect(numbers(batchNormTraining(its).y)).toEqual(numbers(batchNormTraining({ x, epsilon }).y));
      }),
    ));

  test('a negated input gives the negated answer', () =>
    check(
      fc.property(matrix, epsilons, ([x], epsilon) => {
        const negated = numbers(layerNorm({ x: map(x, (value) => -value), epsilon }).y);
        expect(negated).toEqual(numbers(layerNorm({ x, epsilon }).y).map((value) => 0 - value));
      }),
    ));

  test('rows in another order give their answers in that order, to the bit', () =>
    check(
      fc.property(
        matrix.chain(([x, gamma]) =>
          fc.tuple(
            fc.constant(x),
            fc.constant(gamma),
            fc.shuffledSubarray([...rowsOf(x).keys()], { minLength: x.shape[0] }),
          ),
        ),
        ([x, gamma, order]) => {
          const rows = rowsOf(x);
          const shuffled = float64(
            order.flatMap((r) => rows[r]),
            x.shape,
          );
          const plain = rowsOf(layerNorm({ x, gamma: float64(gamma) }).y);
          const actual = rowsOf(layerNorm({ x: shuffled, gamma: float64(gamma) }).y);
          expect(actual).toEqual(order.map((r) => plain[r]));
        },
      ),
    ));
});

describe('moments of xhat', () => {
  test('mean 0 and variance variance / (variance + epsilon), per row and per channel', () =>
    check(
      fc.property(matrix, epsilons, ([x, , , other], epsilon) => {
        expect(other.shape).toEqual(x.shape);
        const byRow = layerNormTraining({ x, epsilon });
        const byChannel = batchNormTraining({ x: reordered(x, [1, 0]), epsilon });
        rowsOf(x).forEach((row, r) => {
          const average = mean(row);
          const variance = mean(row.map((value) => (value - average) ** 2));
          for (const xhat of [
            rowsOf(byRow.y)[r],
            numbers(reordered(byChannel.y, [1, 0])).slice(r * row.length, (r + 1) * row.length),
          ]) {
            expectClose([mean(xhat)], [0]);
            expectClose([mean(xhat.map((value) => value ** 2))], [variance / (variance + epsilon)]);
          }
          for (const { mean: m, invStd } of [byRow, byChannel]) {
            expectClose([numbers(m)[r]], [average]);
            expectClose([numbers(invStd)[r]], [1 / Math.sqrt(variance + epsilon)], 1e-10);
          }
        });
      }),
    ));

  test("RMS Norm's mean square is square / (square + epsilon)", () =>
    check(
      fc.property(matrix, epsilons, ([x], epsilon) => {
        const y = rowsOf(rmsNorm({ x, epsilon }).y);
        rowsOf(x).forEach((row, r) => {
          const square = mean(row.map((value) => value ** 2));
          expectClose([mean(y[r].map((value) => value ** 2))], [square / (square + epsilon)]);
        });
      }),
    ));
});

describe('algebra of the gradient', () => {
  test('sum(dx) vanishes and sum(dx * xhat) is n * mean(dxhat * xhat) * epsilon * invStd^3', () =>
    check(
      fc.property(matrix, epsilons, ([x, gamma, , dy], epsilon) => {
        const { y, invStd } = layerNormTraining({ x, epsilon });
        const { dx } = layerNormBackward({ x, dy, gamma: float64(gamma), epsilon });
        rowsOf(dx).forEach((row, r) => {
          const xhat = rowsOf(y)[r];
          const dxhat = rowsOf(dy)[r].map((value, i) => value * gamma[i]);
          const s = numbers(invStd)[r];
          const size = s * Math.max(1, ...dxhat.map(Math.abs)) * row.length;
          expect(Math.abs(row.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(1e-12 * size);
          const along = row.reduce((total, value, i) => total + value * xhat[i], 0);
          const expected = row.length * mean(dxhat.map((value, i) => value * xhat[i])) * epsilon * s ** 3;
          expect(Math.abs(along - expected)).toBeLessThanOrEqual(1e-12 * size * row.length);
        });
      }),
    ));

  test("RMS Norm's dx is orthogonal to x up to the epsilon term", () =>
    check(
      fc.property(matrix, ([x, , , dy]) => {
        const { dx } = rmsNormBackward({ x, dy, epsilon: 1e-30 });
        rowsOf(dx).forEach((row, r) => {
          const its = rowsOf(x)[r];
          if (its.every((value) => value === 0)) return;
          const along = row.reduce((total, value, i) => total + value * its[i], 0);
          expect(Math.abs(along)).toBeLessThanOrEqual(1e-9 * row.length);
        });
      }),
    ));
});

/** A tensor of rank 2 to 5, its gradient, a channel axis, and a gamma and beta for it. */
const image = shapes(2, 5).chain((shape) =>
  fc.integer({ min: 0, max: shape.length - 1 }).chain((axis) =>
    fc.record({
      x: filled(shape),
      dy: filled(shape),
      axis: fc.constant(axis),
      gamma: eighths(shape[axis]).map((data) => float64(data)),
      beta: eighths(shape[axis]).map((data) => float64(data)),
      mean: eighths(shape[axis]).map((data) => float64(data)),
      variance: eighths(shape[axis]).map((data) => float64(data.map((value) => Math.abs(value) + 1))),
    }),
  ),
);
/** The order of axes that brings `axis` to place `to` and leaves the others as they come. */
function moveAxis(rank: number, axis: number, to: number): number[] {
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  return [...others.slice(0, to), axis, ...others.slice(to)];
}

describe('layouts', () => {
  test('Batch Norm gives the same over any channel axis, channels-first and channels-last', () =>
    check(
      fc.property(image, ({ x, dy, axis, gamma, beta, mean, variance }) => {
        const rank = x.shape.length;
        const views = [
          { order: moveAxis(rank, axis, axis), at: { axis } },
          { order: moveAxis(rank, axis, axis), at: { axis: axis - rank } },
          { order: moveAxis(rank, axis, 1), at: { layout: 'channels-first' } },
          { order: moveAxis(rank, axis, 1), at: {} },
          { order: moveAxis(rank, axis, rank - 1), at: { layout: 'channels-last' } },
        ] as const;
        const all = views.map(({ order, at }) => {
          const back = (y: Tensor) =>
            reordered(
              y,
              order.map((_, i) => order.indexOf(i)),
            );
          const its = { x: reordered(x, order), gamma, ...at };
          const trained = batchNormTraining({ ...its, beta });
          const gradient = batchNormBackward({ ...its, dy: reordered(dy, order) });
          const fixed = batchNormBackward({ ...its, dy: reordered(dy, order), mean, variance });
          const inferred = batchNorm({ ...its, beta, mean, variance });
          return [
            ...[back(inferred.y), back(trained.y), trained.mean, trained.invStd],
            ...[back(gradient.dx), gradient.dgamma, gradient.dbeta],
            ...[back(fixed.dx), fixed.dgamma, fixed.dbeta],
          ];
        });
        for (const other of all.slice(1)) {
          other.forEach((output, i) => {
            expect(output.shape).toEqual(all[0][i].shape);
            expectClose(output, all[0][i], 1e-8);
          });
        }
      }),
      { numRuns: 100 },
    ));

  test('Instance and Group Norm give the same channels-first and channels-last', () =>
    check(
      fc.property(
        shapes(3, 5).chain((rest) => {
          const shape = [rest[0], rest[1] * 2, ...rest.slice(2)];
          return fc.record({
            x: filled(shape),
            dy: filled(shape),
            gamma: eighths(shape[1]).map((data) => float64(data)),
            beta: eighths(shape[1]).map((data) => float64(data)),
            groups: fc.constantFrom(1, 2, shape[1], shape[1] / 2),
          });
        }),
        ({ x, dy, gamma, beta, groups }) => {
          const rank = x.shape.length;
          const order = moveAxis(rank, 1, rank - 1);
          const inverse = moveAxis(rank, rank - 1, 1);
          const last = { x: reordered(x, order), gamma, layout: 'channels-last' } as const;
          const forward = [
            [instanceNormTraining({ x, gamma, beta }), instanceNormTraining({ ...last, beta })],
            [groupNormTraining({ x, gamma, beta, groups }), groupNormTraining({ ...last, beta, groups })],
          ];
          for (const [a, b] of forward) {
            expect(numbers(reordered(b.y, inverse))).toEqual(numbers(a.y));
            expect(b.mean).toEqual(a.mean);
            expect(b.invStd).toEqual(a.invStd);
          }
          const dyLast = reordered(dy, order);
          const backward = [
            [instanceNormBackward({ x, dy, gamma }), instanceNormBackward({ ...last, dy: dyLast })],
            [groupNormBackward({ x, dy, gamma, groups }), groupNormBackward({ ...last, dy: dyLast, groups })],
          ];
          for (const [a, b] of backward) {
            expect(numbers(reordered(b.dx, inverse))).toEqual(numbers(a.dx));
            expect(b.dgamma).toEqual(a.dgamma);
            expect(b.dbeta).toEqual(a.dbeta);
          }
        },
      ),
    ));

  test('Layer and RMS Norm over any axes in any order are those over the trailing axes of the transposed input', () =>
    check(
      fc.property(
        shapes(1, 5).chain((shape) =>
          fc.shuffledSubarray([...shape.keys()]).chain((axes) => {
            const own = axes.map((axis) => shape[axis]);
            return fc.record({
              x: filled(shape),
              dy: filled(shape),
              axes: fc.constant(axes),
              negative: fc.boolean(),
              gamma: filled(own),
              beta: filled(own),
            });
          }),
        ),
        ({ x, dy, axes, negative, gamma, beta }) => {
          const rank = x.shape.length;
          const given = negative ? axes.map((axis) => axis - rank) : axes;
          const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
          const order = [...kept, ...axes];
          const inverse = order.map((_, i) => order.indexOf(i));
          const trailing = axes.map((_, i) => i - axes.length);
          const turned = reordered(x, order);
          const back = (y: Tensor) => numbers(reordered(y, inverse));

          const a = layerNormTraining({ x, gamma, beta, axes: given });
          const b = layerNormTraining({ x: turned, gamma, beta, axes: trailing });
          expect(numbers(a.y)).toEqual(back(b.y));
          expect(numbers(a.mean)).toEqual(numbers(b.mean));
          expect(a.mean.shape).toEqual(x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)));
          const da = layerNormBackward({ x, dy, gamma, axes: given });
          const db = layerNormBackward({ x: turned, dy: reordered(dy, order), gamma, axes: trailing });
          expect(numbers(da.dx)).toEqual(back(db.dx));
          expect(da.dgamma).toEqual(db.dgamma);
          const ra = rmsNormBackward({ x, dy, gamma, axes: given });
          const rb = rmsNormBackward({ x: turned, dy: reordered(dy, order), gamma, axes: trailing });
          expect(numbers(ra.dx)).toEqual(back(rb.dx));
          expect(numbers(rmsNorm({ x, gamma, axes: given }).y)).toEqual(
            back(rmsNorm({ x: turned, gamma, axes: trailing }).y),
          );
        },
      ),
      { numRuns: 150 },
    ));
});

describe('operations that coincide', () => {
  const sample = (shape: number[]) => fc.tuple(filled(shape), eighths(shape[1]), eighths(shape[1]));
  const batch = shapes(2, 5).chain(sample);
  const maps = shapes(3, 5).chain(sample);

  test('Instance Norm is Group Norm with a group for each channel', () =>
    check(
      fc.property(maps, ([x, gamma, beta]) => {
        const its = { x, gamma: float64(gamma), beta: float64(beta) };
        expect(instanceNorm(its)).toEqual(groupNorm({ ...its, groups: x.shape[1] }));
      }),
    ));

  test('Layer Norm over all axes but the batch is Group Norm with one group', () =>
    check(
      fc.property(batch, ([x]) => {
        const axes = x.shape.map((_, axis) => axis).slice(1);
        expect(layerNorm({ x, axes })).toEqual(groupNorm({ x, groups: 1 }));
      }),
    ));

  test('Batch Norm of one sample is Instance Norm', () =>
    check(
      fc.property(
        shapes(2, 4).chain((rest) => filled([1, ...rest])),
        (x) => {
          expect(numbers(batchNormTraining({ x }).y)).toEqual(numbers(instanceNorm({ x }).y));
        },
      ),
    ));

  test('RMS Norm of a row without a mean is Layer Norm', () =>
    check(
      fc.property(fc.integer({ min: 1, max: 9 }).chain(eighths), (half) => {
        const x = float64([...half, ...half.map((value) => -value)], [1, 2 * half.length]);
        expectClose(rmsNorm({ x }).y, layerNorm({ x }).y);
      }),
    ));

  test("Batch Norm with the batch's own statistics is its training answer", () =>
    check(
      fc.property(batch, epsilons, ([x, gamma, beta], epsilon) => {
        const its = { x, gamma: float64(gamma), beta: float64(beta), epsilon };
        const { y, mean, invStd } = batchNormTraining(its);
        const variance = map(invStd, (value) => value ** -2 - epsilon);
        expectClose(batchNorm({ ...its, mean, variance }).y, y, 1e-6);
      }),
    ));

  test('a narrower type gives the float64 answer, rounded once', () =>
    check(
      fc.property(matrix, fc.constantFrom<DType>('float32', 'float16'), ([x, gamma], dtype) => {
        // Eighths up to 100 are exact in float16.
        const wide = layerNorm({ x, gamma: float64(gamma) }).y;
        const narrow = layerNorm({ x: of(dtype, numbers(x), x.shape), gamma: of(dtype, gamma) }).y;
        expect(numbers(narrow)).toEqual(numbers(of(dtype, numbers(wide), wide.shape)));
      }),
    ));
});
