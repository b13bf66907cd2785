// Layers that keep their state: what they hold after each step is what the calls give, one after the other.
import {
  batchNorm,
  batchNormBackward,
  batchNormTraining,
  type Convention,
  layerNorm,
  layerNormBackward,
  NormError,
  referenceAdapter,
  type Tensor,
  tensor,
} from '@normlayers/core';
import { BatchNorm, LayerNorm } from '@normlayers/core/layers';
import { describe, expect, test } from 'vitest';
import { expectClose, float64, normals, numbers } from './tensors';

const batch = (seed: number) => float64(normals(24, seed), [4, 3, 2]);

describe('BatchNorm', () => {
  test('by hand, PyTorch: two steps of training, then inference', async () => {
    const layer = new BatchNorm({
      features: 1,
      convention: 'pytorch',
      momentum: 0.5,
      epsilon: 0,
      dtype: 'float64',
    });
    await layer.forward(float64([1, 3], [2, 1]));
    // Mean 2, variance over n - 1 is 2: half of each.
    expect([numbers(layer.runningMean), numbers(layer.runningVar)]).toEqual([[1], [1.5]]);
    await layer.forward(float64([5, 9], [2, 1]));
    expect([numbers(layer.runningMean), numbers(layer.runningVar)]).toEqual([[4], [4.75]]);
    expect(layer.numBatchesTracked).toBe(2);
    layer.gamma = float64([2]);
    layer.beta = float64([1]);
    const y = await layer.eval().forward(float64([4, 6], [2, 1]));
    expectClose(y, [1, 1 + 4 / Math.sqrt(4.75)], 1e-15);
    expect([numbers(layer.runningMean), layer.numBatchesTracked]).toEqual([[4], 2]);
  });

  test.each(['pytorch', 'keras', 'onnx', 'flax'] as Convention[])(
    '%s: as the calls, step by step',
    async (convention) => {
      const layer = new BatchNorm({ features: 3, convention, dtype: 'float64' });
      const epsilon = convention === 'keras' ? 1e-3 : 1e-5;
      let running = { runningMean: float64([0, 0, 0]) as Tensor, runningVar: float64([1, 1, 1]) as Tensor };
      for (const seed of [1, 2, 3]) {
        const expected = batchNormTraining({ x: batch(seed), ...running, convention, epsilon });
        expect(await layer.forward(batch(seed))).toEqual(expected.y);
        running = { runningMean: expected.runningMean, runningVar: expected.runningVar };
        expect([layer.runningMean, layer.runningVar]).toEqual([running.runningMean, running.runningVar]);
      }
      const dy = batch(9);
      const own = batchNormBackward({ x: batch(3), dy, gamma: float64([1, 1, 1]), epsilon });
      expect(await layer.backward(dy)).toEqual({ dx: own.dx, dgamma: own.dgamma, dbeta: own.dbeta });
    },
  );

  test('steps asked for at the same time run one after the other', async () => {
    const options = { features: 3, convention: 'keras', dtype: 'float64' } as const;
    const [together, apart] = [new BatchNorm(options), new BatchNorm(options)];
    const all = await Promise.all([1, 2, 3, 4].map((seed) => together.forward(batch(seed))));
    for (const [i, seed] of [1, 2, 3, 4].entries()) expect(all[i]).toEqual(await apart.forward(batch(seed)));
    expect(together.runningVar).toEqual(apart.runningVar);
    const failed = together.forward(tensor([1, 2], [1, 2]));
    const next = together.forward(batch(5));
    await expect(failed).rejects.toMatchObject({ code: 'parameter-length' });
    expect(await next).toEqual(await apart.forward(batch(5)));
  });

  test('frozen statistics normalize in training too, stay as they are, and the gradient goes not through them', async () => {
    const layer = new BatchNorm({ features: 3, convention: 'pytorch', dtype: 'float64' }).freeze();
    const given = { mean: float64([0, 0, 0]), variance: float64([1, 1, 1]) };
    expect(await layer.forward(batch(1))).toEqual(batchNorm({ x: batch(1), ...given }).y);
    expect([layer.training, layer.frozen, layer.numBatchesTracked]).toEqual([true, true, 0]);
    const { dx } = await layer.backward(batch(2));
    expectClose(dx, batchNormBackward({ x: batch(1), dy: batch(2), ...given }).dx, 1e-15);
  });

  test('a state_dict goes there and back, in every framework’s names', async () => {
    const layer = new BatchNorm({ features: 3, convention: 'pytorch', dtype: 'float64' });
    await layer.forward(batch(1));
    expect(Object.keys(layer.stateDict())).toEqual([
      ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'],
    ]);
    for (const convention of ['pytorch', 'keras', 'onnx', 'flax'] as const) {
      const other = new BatchNorm({ features: 3, convention, epsilon: 1e-5, dtype: 'float64' }).eval();
      other.loadStateDict(layer.stateDict(convention), convention);
      layer.eval();
      expect(await other.forward(batch(2))).toEqual(await layer.forward(batch(2)));
    }
    const prefixed = Object.fromEntries(
      Object.entries(layer.stateDict()).map(([name, t]) => [`layer1.0.bn1.${name}`, t]),
    );
    const restored = new BatchNorm({ features: 3, convention: 'pytorch' }).loadStateDict(prefixed);
    expect([restored.numBatchesTracked, restored.runningMean]).toEqual([1, layer.runningMean]);
  });

  test('a state that does not fit is refused, and the layer is as it was', () => {
    const layer = new BatchNorm({ features: 2, convention: 'keras' });
    const before = layer.stateDict();
    const two = tensor([5, 5]);
    const good = { gamma: two, beta: two, moving_mean: two, moving_variance: two };
    for (const [state, code] of [
      [{ ...good, moving_variance: tensor([1, 1, 1]) }, 'parameter-length'],
      [{ gamma: two, beta: two, moving_mean: two }, 'missing-argument'],
      [{ ...good, weight: two }, 'unknown-argument'],
    ] as const) {
      expect(() => layer.loadStateDict(state)).toThrow(expect.objectContaining({ code }));
      expect(layer.stateDict()).toEqual(before);
    }
  });

  test.each<[string, object, string]>([
    ['a misspelt epsilon', { eps: 1e-3 }, 'unknown-argument'],
    ['no features', { features: 0 }, 'shape'],
    ['no convention', { convention: undefined }, 'convention'],
    ['a momentum beyond 1', { momentum: 1.5 }, 'momentum'],
    ['a negative epsilon', { epsilon: -1 }, 'epsilon'],
  ])('refuses %s', (_, wrong, code) => {
    expect(() => new BatchNorm({ features: 2, convention: 'keras', ...wrong } as never)).toThrow(NormError);
    expect(() => new BatchNorm({ features: 2, convention: 'keras', ...wrong } as never)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('backward before forward is refused; without gamma there is no dgamma', async () => {
    const layer = new BatchNorm({ features: 3, convention: 'onnx', affine: false, dtype: 'float64' });
    await expect(layer.backward(batch(1))).rejects.toMatchObject({ code: 'not-run' });
    await layer.forward(batch(1));
    expect(Object.keys(await layer.backward(batch(2)))).toEqual(['dx']);
    expect(Object.keys(layer.stateDict())).toEqual(['input_mean', 'input_var']);
  });
});

describe('LayerNorm', () => {
  test('is the call over its last dimensions, on any adapter', async () => {
    const adapter = referenceAdapter();
    const layer = new LayerNorm({ shape: [3, 2], dtype: 'float64', epsilon: 1e-3, adapter });
    layer.gamma = float64(normals(6, 5), [3, 2]);
    layer.beta = float64(normals(6, 6), [3, 2]);
    const call = { x: batch(1), axes: [1, 2], gamma: layer.gamma, epsilon: 1e-3 };
    expect(await layer.forward(batch(1))).toEqual(layerNorm({ ...call, beta: layer.beta }).y);
    expect(await layer.backward(batch(2))).toEqual(layerNormBackward({ ...call, dy: batch(2) }));
    await adapter.dispose();
    await expect(layer.forward(batch(1))).rejects.toMatchObject({ code: 'disposed' });
  });

  test('takes and gives the names of the frameworks', () => {
    const layer = new LayerNorm({ shape: 2 });
    layer.loadStateDict(
      { 'encoder.norm.weight': tensor([2, 3]), 'encoder.norm.bias': tensor([4, 5]) },
      'pytorch',
    );
    expect(layer.stateDict('onnx')).toEqual({ Scale: tensor([2, 3]), B: tensor([4, 5]) });
    layer.loadStateDict({ gamma: tensor([1, 1]) }, 'keras');
    expect(layer.stateDict('keras')).toEqual({ gamma: tensor([1, 1]) });
    expect(() => layer.loadStateDict({ bias: tensor([1, 1]) }, 'pytorch')).toThrow('weight is missing');
    expect(() => layer.loadStateDict({ weight: tensor([1]) }, 'pytorch')).toThrow('expected 2');
  });

  test.each([0, 1.5, [], [2, 0]])('refuses the shape %j', (shape) => {
    expect(() => new LayerNorm({ shape })).toThrow(expect.objectContaining({ code: 'shape' }));
  });
});
