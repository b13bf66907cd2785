import { type DType, type NormCall, tensor } from '@normlayers/core';
import { expect, test } from 'vitest';
import { createNorm, type OnnxruntimeWebOptions, onnxruntimeWebAdapter } from '../src/index';
import { filled } from './calls';
import { counted } from './runtime';

function layerNormOf(dtype: DType, smallest = 1): NormCall {
  return { op: 'layerNorm', mode: 'inference', x: filled(dtype, [2, 3], (i) => smallest * (i + 1)) };
}

// A provider that Node has not, so that only what is refused before a session is made can be seen here.
const refused: [string, Omit<OnnxruntimeWebOptions, 'ort'>, NormCall, RegExp][] = [
  ['float64 on WebGPU', { provider: 'webgpu' }, layerNormOf('float64'), /WebGPU has no float64/],
  ['float16 on WebGPU without shader-f16', { provider: 'webgpu' }, layerNormOf('float16'), /shader-f16/],
  ['denormal numbers on WebGPU', { provider: 'webgpu' }, layerNormOf('float32', 2 ** -140), /denormal/],
  ['numbers whose sums overflow on a GPU', { provider: 'webgpu' }, layerNormOf('float32', 2 ** 120), /sums/],
  ['float64 on WebGL', { provider: 'webgl' }, layerNormOf('float64'), /WebGL has no float64/],
  ['float16 on WebGL', { provider: 'webgl' }, layerNormOf('float16'), /no float16/],
  [
    'more axes than WebGL has',
    { provider: 'webgl' },
    {
      op: 'rmsNorm',
      mode: 'inference',
      axes: [0, 2, 4, 6],
      x: filled('float32', [2, 2, 2, 2, 2, 2, 2], (i) => i),
    } as NormCall,
    /6 axes at most, and this call needs 7/,
  ],
  [
    'more numbers than a texture holds',
    { provider: 'webgl' },
    { ...layerNormOf('float32'), x: tensor(new Float32Array(2 ** 22 + 2), [2, 2 ** 21 + 1]) } as NormCall,
    /does not fit into a texture here, of 2048 times 2048 numbers/,
  ],
  [
    'ONNX’s LayerNormalization on WebGL',
    { provider: 'webgl', strategy: 'native' },
    layerNormOf('float32'),
    /WebGL provider has no LayerNormalization/,
  ],
  [
    'a gradient by ONNX’s own operators',
    { provider: 'webgpu', strategy: 'native' },
    { ...layerNormOf('float32'), mode: 'backward', dy: layerNormOf('float32').x } as NormCall,
    /no gradient operators/,
  ],
];

test.each(refused)('%s is refused, with the reason', async (_, options, call, reason) => {
  const { ort, sessions } = counted();
  const adapter = onnxruntimeWebAdapter({ ort, ...options });
  const support = adapter.supports(call);
  expect(support.supported || support.reason).toMatch(reason);
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
  const taken = { supported: true, via: 'composed' };
  const adapter = onnxruntimeWebAdapter({ ort, provider: 'webgpu', float16: true });
  expect(adapter.name).toBe('onnxruntime-web/webgpu');
  expect(adapter.supports(layerNormOf('float32'))).toEqual(taken);
  expect(adapter.supports(layerNormOf('float16'))).toEqual(taken);
  // The least normal number, and zeros.
  expect(adapter.supports(layerNormOf('float32', 2 ** -126))).toEqual(taken);
  expect(adapter.supports(layerNormOf('float32', 0))).toEqual(taken);
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
