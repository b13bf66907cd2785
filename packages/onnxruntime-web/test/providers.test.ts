import { tensor } from '@normlayers/core';
import { allocate, type DType, type NormCall } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';
import { createNorm, type OnnxruntimeWebOptions, onnxruntimeWebAdapter } from '../src/index';
import { counted } from './runtime';

function layerNormOf(dtype: DType): NormCall {
  return { op: 'layerNorm', mode: 'inference', x: { dtype, shape: [2, 3], data: allocate(dtype, 6) } };
}

// A provider that Node has not, so that only what is refused before a session is made can be seen here.
const refused: [string, Omit<OnnxruntimeWebOptions, 'ort'>, NormCall, RegExp, object][] = [
  [
    'float64 on WebGPU',
    { provider: 'webgpu' },
    layerNormOf('float64'),
    /WebGPU has no float64/,
    { code: 'dtype', values: { dtype: 'float64', device: 'WebGPU' } },
  ],
  [
    'float16 on WebGPU without shader-f16',
    { provider: 'webgpu' },
    layerNormOf('float16'),
    /shader-f16/,
    { code: 'shader-f16', values: { dtype: 'float16' } },
  ],
  [
    'float64 on WebGL',
    { provider: 'webgl' },
    layerNormOf('float64'),
    /WebGL has no float64/,
    { code: 'dtype', values: { dtype: 'float64', device: 'WebGL' } },
  ],
  [
    'float16 on WebGL',
    { provider: 'webgl' },
    layerNormOf('float16'),
    /no float16/,
    { code: 'dtype', values: { dtype: 'float16', device: 'WebGL' } },
  ],
  [
    'more axes than WebGL has',
    { provider: 'webgl' },
    {
      op: 'rmsNorm',
      mode: 'inference',
      axes: [0, 2, 4, 6],
      x: tensor(new Float32Array(128), [2, 2, 2, 2, 2, 2, 2]),
    } as NormCall,
    /6 axes at most, and this call needs 7/,
    { code: 'axes', values: { most: 6, needed: 7 } },
  ],
  [
    'more numbers than a texture holds',
    { provider: 'webgl' },
    { ...layerNormOf('float32'), x: tensor(new Float32Array(2 ** 22 + 2), [2, 2 ** 21 + 1]) } as NormCall,
    /does not fit into a texture here, of 2048 times 2048 numbers/,
    { code: 'texture', values: { side: 2048 } },
  ],
  [
    'ONNX’s LayerNormalization on WebGL',
    { provider: 'webgl', strategy: 'native' },
    layerNormOf('float32'),
    /WebGL provider has no LayerNormalization/,
    { code: 'no-operator', values: { operator: 'LayerNormalization' } },
  ],
  [
    'a gradient by ONNX’s own operators',
    { provider: 'webgpu', strategy: 'native' },
    { ...layerNormOf('float32'), mode: 'backward', dy: layerNormOf('float32').x } as NormCall,
    /no gradient operators/,
    { code: 'no-gradient', values: {} },
  ],
];

test.each(refused)('%s is refused, with the reason', async (_, options, call, reason, facts) => {
  const { ort, sessions } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, ...options });
  const support = adapter.supports(call);
  expect(support).toEqual({ supported: false, reason: expect.stringMatching(reason), ...facts });
  await expect(adapter.run(call)).rejects.toMatchObject({
    name: 'NormError',
    code: 'unsupported',
    message: expect.stringMatching(reason),
  });
  expect(sessions.created).toBe(0);
  await adapter.dispose();
});

test('what WebGPU takes: float32, and float16 where the device is said to have shader-f16', () => {
  const { ort } = counted();
  const taken = { supported: true, via: 'fused' };
  const adapter = onnxruntimeWebAdapter({ ort, provider: 'webgpu', float16: true });
  expect(adapter.name).toBe('onnxruntime-web/webgpu');
  expect(adapter.supports(layerNormOf('float32'))).toEqual(taken);
  expect(adapter.supports(layerNormOf('float16'))).toEqual(taken);
});

test('a GPU’s limits are declared once, and no number of a call is looked at', () => {
  const { ort } = counted();
  const limitsOf = (options: Omit<OnnxruntimeWebOptions, 'ort'>) =>
    onnxruntimeWebAdapter({ ort, ...options }).limits;
  expect(limitsOf({ provider: 'wasm' })).toEqual({});
  expect(limitsOf({ provider: 'webgpu' })).toEqual({ denormals: 'flushed' });
  for (const provider of ['webgpu', 'webgl'] as const) {
    expect(limitsOf({ provider, strategy: 'graph' })).toEqual({ denormals: 'flushed', largest: 2 ** 110 });
    expect(limitsOf({ provider, strategy: 'native' })).toEqual({ denormals: 'flushed' });
  }
  const unread = new Proxy(new Float32Array(6), {
    get(target, key) {
      if (key !== 'length') throw new Error(`${String(key)} was read`);
      return target.length;
    },
  });
  const x = { dtype: 'float32', shape: [2, 3], data: unread } as const;
  const call: NormCall = { op: 'layerNorm', mode: 'inference', x };
  expect(onnxruntimeWebAdapter({ ort, provider: 'webgpu' }).supports(call).supported).toBe(true);
});

test('functions on tensors refuse the same', async () => {
  const { ort, sessions } = counted();
  const norm = createNorm({ ort, provider: 'webgpu' });
  const x = new ort.Tensor('float64', Float64Array.of(1, 3), [1, 2]);
  await expect(norm.layerNorm({ x })).rejects.toMatchObject({ name: 'NormError', code: 'unsupported' });
  expect(sessions.created).toBe(0);
  await norm.dispose();
});

test('a provider that does not start is a NormError that names it', async () => {
  const { ort } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, provider: 'webgpu' });
  const call = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]) } as const;
  await expect(adapter.run(call)).rejects.toMatchObject({
    name: 'NormError',
    code: 'backend',
    message: expect.stringContaining('onnxruntime-web/webgpu'),
  });
  await adapter.dispose();
});
