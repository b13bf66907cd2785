import type { Tensor } from 'onnxruntime-web';
import { afterAll, describe, expect, test } from 'vitest';
import { createNorm, type Strategy } from '../src/index';
import { ort } from './runtime';

const tensor = (data: number[], dims: readonly number[] = [data.length]) =>
  new ort.Tensor('float32', data, dims);

/** Each result's numbers, compared to 1e-6 of 1. */
function expectNumbers(results: object, expected: Readonly<Record<string, readonly number[]>>): void {
  expect(Object.keys(results).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, numbers] of Object.entries(expected)) {
    const data = (results as Record<string, Tensor>)[name]!.data as Float32Array;
    expect(data.length, name).toBe(numbers.length);
    numbers.forEach((number, i) => {
      expect(Math.abs(data[i]! - number), `${name}[${i}] = ${data[i]}, expected ${number}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(number)),
      );
    });
  }
}

// Rows and channels whose mean and deviation are whole numbers, so that epsilon 0 gives whole results.
describe.each<Strategy>(['kernels', 'graph', 'native'])('strategy %s', (strategy) => {
  const norm = createNorm({ ort, strategy });
  afterAll(() => norm.dispose());

  test('Batch Norm: channel 0 has mean 1 and deviation 2, channel 1 mean 2 and deviation 4', async () => {
    const result = await norm.batchNorm({
      x: tensor([1, 2, 3, 6], [2, 2]),
      mean: tensor([1, 2]),
      variance: tensor([4, 16]),
      gamma: tensor([2, 1]),
      beta: tensor([0, 1]),
      epsilon: 0,
    });
    expectNumbers(result, { y: [0, 1, 2, 2] });
  });

  test('Batch Norm in training: running statistics go half of the way, the variance over n - 1', async () => {
    const result = await norm.batchNormTraining({
      x: tensor([1, 10, 3, 30], [2, 2]),
      runningMean: tensor([0, 0]),
      runningVar: tensor([1, 1]),
      convention: 'pytorch',
      momentum: 0.5,
      epsilon: 0,
    });
    expectNumbers(result, {
      y: [-1, -1, 1, 1],
      mean: [2, 20],
      invStd: [1, 0.1],
      runningMean: [1, 10],
      runningVar: [1.5, 100.5],
    });
  });

  test('Layer Norm: rows of two become -1 and 1; statistics per row', async () => {
    const x = tensor([1, 3, 10, 30], [2, 2]);
    const gamma = tensor([1, 2]);
    const beta = tensor([0, 1]);
    expectNumbers(await norm.layerNorm({ x, gamma, beta, epsilon: 0 }), { y: [-1, 3, -1, 3] });
    expectNumbers(await norm.layerNormTraining({ x, gamma, epsilon: 0 }), {
      y: [-1, 2, -1, 2],
      mean: [2, 20],
      invStd: [1, 0.1],
    });
  });

  test('Instance Norm: gamma and beta per channel', async () => {
    const result = await norm.instanceNorm({
      x: tensor([1, 3, 10, 30], [1, 2, 2]),
      gamma: tensor([1, 2]),
      beta: tensor([0, 1]),
      epsilon: 0,
    });
    expectNumbers(result, { y: [-1, 1, -1, 3] });
  });

  test('Group Norm: statistics per two channels, gamma per channel', async () => {
    const result = await norm.groupNorm({
      x: tensor([1, 3, 10, 30], [1, 4, 1]),
      groups: 2,
      gamma: tensor([1, 2, 3, 4]),
      epsilon: 0,
    });
    expectNumbers(result, { y: [-1, 2, -3, 4] });
  });

  test('RMS Norm: 7 and 1 have the mean square 25', async () => {
    const x = tensor([7, 1, 70, 10], [2, 2]);
    expectNumbers(await norm.rmsNorm({ x, epsilon: 0 }), { y: [1.4, 0.2, 1.4, 0.2] });
    expectNumbers(await norm.rmsNormTraining({ x, epsilon: 0 }), {
      y: [1.4, 0.2, 1.4, 0.2],
      invRms: [0.2, 0.02],
    });
  });
});

describe('backward', () => {
  const norm = createNorm({ ort });
  const native = createNorm({ ort, strategy: 'native' });
  afterAll(async () => {
    await norm.dispose();
    await native.dispose();
  });

  // xhat = [-1, -1, 1, 1] and invStd = 1; mean(dy) = 1 and mean(dy * xhat) = -1, so dx = dy - 1 + xhat.
  const x = [0, 0, 2, 2];
  const dy = [4, 0, 0, 0];
  const dx = [2, -2, 0, 0];

  test('Layer Norm', async () => {
    const given = { x: tensor(x, [1, 4]), dy: tensor(dy, [1, 4]), epsilon: 0 };
    expectNumbers(await norm.layerNormBackward(given), { dx, dgamma: [-4, 0, 0, 0], dbeta: [4, 0, 0, 0] });
  });

  test('Batch Norm by the batch’s statistics, scaled by gamma', async () => {
    const given = { x: tensor(x, [4, 1]), dy: tensor(dy, [4, 1]), gamma: tensor([3]), epsilon: 0 };
    expectNumbers(await norm.batchNormBackward(given), { dx: [6, -6, 0, 0], dgamma: [-4], dbeta: [4] });
  });

  test('Batch Norm by given statistics: mean 0 and deviation 2', async () => {
    const result = await norm.batchNormBackward({
      x: tensor(x, [4, 1]),
      dy: tensor([0, 0, 4, 0], [4, 1]),
      mean: tensor([0]),
      variance: tensor([4]),
      epsilon: 0,
    });
    // dmean = -sum(dy) / 2; dvariance = -sum(dy * x) / 2 / 4^1.5.
    expectNumbers(result, { dx: [0, 0, 2, 0], dgamma: [4], dbeta: [4], dmean: [-2], dvariance: [-0.5] });
  });

  test('Instance and Group Norm', async () => {
    const given = { x: tensor(x, [1, 1, 4]), dy: tensor(dy, [1, 1, 4]), epsilon: 0 };
    expectNumbers(await norm.instanceNormBackward(given), { dx, dgamma: [-4], dbeta: [4] });
    expectNumbers(await norm.groupNormBackward({ ...given, groups: 1 }), { dx, dgamma: [-4], dbeta: [4] });
  });

  test('RMS Norm: no mean is taken off the gradient', async () => {
    // xhat = [1.4, 0.2] and invRms = 0.2: dx = 0.2 * (dy - xhat * mean(dy * xhat)).
    const given = { x: tensor([7, 1], [1, 2]), dy: tensor([10, 0], [1, 2]), epsilon: 0 };
    expectNumbers(await norm.rmsNormBackward(given), { dx: [0.04, -0.28], dgamma: [14, 0] });
  });

  test('ONNX has no gradients: strategy native refuses', async () => {
    const given = { x: tensor(x, [1, 4]), dy: tensor(dy, [1, 4]) };
    await expect(native.layerNormBackward(given)).rejects.toMatchObject({
      name: 'NormError',
      code: 'unsupported',
      message: expect.stringContaining('ONNX has no gradient operators'),
    });
  });
});
