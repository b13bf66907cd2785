import { type DType, planCall, type Tensor } from '@normlayers/core';
import { afterAll, describe, expect, test } from 'vitest';
import { onnxruntimeWebAdapter } from '../src/index';
import { worstOutput } from './budget';
import { type CallOptions, callOf, FORMS, type Form, filled, MODES } from './calls';
import { ort } from './runtime';

const adapter = onnxruntimeWebAdapter({ ort });
afterAll(() => adapter.dispose());

async function expectRight(form: Form, mode: (typeof MODES)[number], options: CallOptions = {}) {
  const call = callOf(form, mode, options);
  const { output, used } = worstOutput(call, await adapter.run(call));
  expect(used, output).toBeLessThanOrEqual(1);
}

const titled = FORMS.map((form) => ({
  ...form,
  title: `${form.op} [${form.shape}] ${JSON.stringify(form.attributes ?? {})}`,
}));

describe.each(titled)('$title', (form) => {
  const types: DType[] = ['float32', 'float16', 'float64'];
  for (const mode of MODES) {
    test.each(types)(`${mode} in %s`, async (dtype) => {
      for (const gamma of [true, false])
        for (const beta of [true, false]) await expectRight(form, mode, { dtype, gamma, beta });
    });
  }

  test('supports every mode', () => {
    for (const mode of MODES) {
      expect(adapter.supports(callOf(form, mode))).toEqual({ supported: true, via: 'composed' });
    }
  });
});

describe('running statistics', () => {
  const rules = [
    { convention: 'pytorch' },
    { convention: 'pytorch', momentum: null, numBatchesTracked: 3 },
    { convention: 'keras' },
    { convention: 'onnx', momentum: 0 },
    { convention: 'flax', momentum: 1 },
  ];
  const forms = FORMS.filter(({ op, shape, parameterShape }) => {
    return op === 'batchNorm' ? shape[0] !== parameterShape[0] : op === 'instanceNorm' && shape.length > 2;
  });
  for (const dtype of ['float32', 'float16', 'float64'] as const) {
    test.each(rules)(`$convention, momentum $momentum, in ${dtype}`, async (rule) => {
      for (const form of forms) {
        const old: Tensor = filled(dtype, form.parameterShape, (i) => 1 + i / 4);
        await expectRight(form, 'training', { dtype, more: { runningMean: old, runningVar: old, ...rule } });
      }
    });
  }
});

test('float32 parameters beside a float16 x, and gradients of their type', async () => {
  for (const form of FORMS.filter(({ shape }) => shape.length > 2)) {
    const gamma = filled('float32', form.parameterShape, (i) => 1 + i / 3);
    for (const mode of MODES) await expectRight(form, mode, { dtype: 'float16', more: { gamma } });
  }
});

test('a flat gamma for several axes, and its gradient as flat', async () => {
  const form = FORMS.find(
    ({ shape, parameterShape }) => shape.length === 4 && parameterShape.join() === '5,3,4',
  )!;
  const gamma = filled('float32', [60], (i) => i);
  for (const mode of MODES) await expectRight(form, mode, { more: { gamma } });
});

test('an empty batch: nothing out, and parameter gradients of 0', async () => {
  const x = filled('float32', [0, 3], () => 0);
  const mean = filled('float32', [3], (i) => i);
  const layer = await adapter.run({ op: 'layerNorm', mode: 'training', x });
  expect([layer.y.shape, layer.mean.shape]).toEqual([
    [0, 3],
    [0, 1],
  ]);
  const batch = await adapter.run({ op: 'batchNorm', mode: 'inference', x, mean, variance: mean });
  expect(batch.y).toEqual({ dtype: 'float32', shape: [0, 3], data: new Float32Array(0) });
  const { dx, dgamma, dbeta } = await adapter.run({ op: 'layerNorm', mode: 'backward', x, dy: x });
  expect(dx.shape).toEqual([0, 3]);
  expect([dgamma, dbeta]).toEqual([
    { ...mean, data: new Float32Array(3) },
    { ...mean, data: new Float32Array(3) },
  ]);
  const featureless = filled('float32', [2, 0], () => 0);
  expect((await adapter.run({ op: 'rmsNorm', mode: 'inference', x: featureless })).y.shape).toEqual([2, 0]);
});

test('sums of 65536 elements stay within their budget', async () => {
  const long: Form = { op: 'layerNorm', shape: [1, 65536], parameterShape: [65536] };
  const image: Form = { op: 'batchNorm', shape: [2, 3, 128, 256], parameterShape: [3] };
  const tall: Form = { op: 'batchNorm', shape: [65536, 3], parameterShape: [3] };
  for (const form of [long, { ...long, op: 'rmsNorm' as const }, image, tall]) {
    for (const mode of MODES) {
      const call = callOf(form, mode);
      const { output, used } = worstOutput(call, await adapter.run(call));
      expect(used, `${form.op} ${mode} n = ${planCall(call).n}: ${output}`).toBeLessThanOrEqual(1);
    }
  }
});
