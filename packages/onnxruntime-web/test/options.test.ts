import { expect, test } from 'vitest';
import { createNorm, onnxruntimeWebAdapter } from '../src/index';
import { counted, ort } from './runtime';

const withVersion = (web: string) => ({ ...ort, env: { ...ort.env, versions: { web, common: web } } });

const refused: [string, unknown, object][] = [
  ['nothing', undefined, { code: 'missing-argument', argument: 'ort', message: /createNorm\(\{ ort \}\)/ }],
  ['ort itself', ort, { code: 'missing-argument', argument: 'ort', message: /createNorm\(\{ ort \}\)/ }],
  ['an empty module', { ort: {} }, { code: 'missing-argument', argument: 'ort' }],
  ['a provider that is none', { ort, provider: 'gpu' }, { argument: 'provider', message: /'gpu'.*'webgpu'/ }],
  ['a strategy that is none', { ort, strategy: 'fast' }, { argument: 'strategy', message: /'native'/ }],
  ['kernels on WebGL', { ort, provider: 'webgl', strategy: 'kernels' }, { argument: 'strategy' }],
  ['a word for yes', { ort, float16: 'yes' }, { argument: 'float16' }],
  ['a misspelt option', { ort, providre: 'wasm' }, { code: 'unknown-argument', argument: 'providre' }],
  [
    'onnxruntime-web 1.17.3',
    { ort: withVersion('1.17.3') },
    { code: 'backend', message: /1\.17\.3 is too old; install 1\.19\.2/, values: { version: '1.17.3' } },
  ],
];

test.each(refused)('createNorm refuses %s at once', (_, options, error) => {
  const expected = { name: 'NormError', ...(error as { message?: RegExp }) };
  const { message, ...rest } = expected;
  let thrown: unknown;
  try {
    createNorm(options as never);
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown).toMatchObject(rest);
  if (message !== undefined) expect((thrown as Error).message).toMatch(message);
  expect(() => onnxruntimeWebAdapter(options as never)).toThrow();
});

test('the oldest version that is tested, later ones, and a module that tells no version are taken', () => {
  const { Tensor, InferenceSession } = ort;
  for (const module of [
    withVersion('1.19.2'),
    withVersion('1.30.0-dev.20260101'),
    { Tensor, InferenceSession },
  ])
    createNorm({ ort: module as typeof ort });
});

test('tensors that were disposed, and what is no tensor, are refused before a session is made', async () => {
  const { ort, sessions } = counted();
  const norm = createNorm({ ort });
  const x = new ort.Tensor('float32', [1, 3], [1, 2]);
  const gone = new ort.Tensor('float32', [1, 3], [2]);
  gone.dispose();
  await expect(norm.layerNorm({ x, gamma: gone })).rejects.toMatchObject({
    ...{ name: 'NormError', code: 'disposed', argument: 'gamma' },
    message: expect.stringContaining('gamma has been disposed'),
  });
  for (const wrong of [
    [1, 3],
    new Float32Array(2),
    'x',
    null,
    { dtype: 'float32', shape: [2], data: [1, 3] },
  ]) {
    await expect(norm.layerNorm({ x: wrong as never })).rejects.toMatchObject({
      ...{ name: 'NormError', code: 'missing-argument', argument: 'x' },
      message: expect.stringContaining('new ort.Tensor'),
    });
  }
  await expect(norm.layerNorm(undefined as never)).rejects.toMatchObject({ name: 'NormError' });
  expect(sessions.created).toBe(0);
  await norm.dispose();
});

test.each(['kernels', 'graph', 'native'] as const)(
  '%s: a variance below -epsilon in memory is refused before a session is made',
  async (strategy) => {
    const { ort, sessions } = counted();
    const norm = createNorm({ ort, strategy });
    const of = (...numbers: number[]) => new ort.Tensor('float32', numbers, [2]);
    const x = new ort.Tensor('float32', [1, 2], [1, 2]);
    await expect(norm.batchNorm({ x, mean: of(0, 0), variance: of(1, -1) })).rejects.toMatchObject({
      ...{ name: 'NormError', code: 'variance', argument: 'variance' },
      message: expect.stringContaining('variance[1] is -1'),
    });
    expect(sessions.created).toBe(0);
    await norm.dispose();
  },
);

test.each(['kernels', 'graph'] as const)(
  '%s: a tensor may be disposed of as soon as its call has begun',
  async (strategy) => {
    const norm = createNorm({ ort, strategy });
    // A row that the fast graph gives up, and the robust one answers.
    const x = new ort.Tensor('float32', [1e30, 3e30], [1, 2]);
    const begun = norm.layerNorm({ x, epsilon: 1e-5 });
    x.dispose();
    expect([...((await begun).y.data as Float32Array)]).toEqual([-1, 1]);
    await norm.dispose();
  },
);

test('a bare number, as ONNX Runtime’s C++ throws, comes with the version and what it may mean', async () => {
  const { ort } = counted();
  const InferenceSession = { ...ort.InferenceSession, create: () => Promise.reject(8475192) };
  const norm = createNorm({ ort: { ...ort, InferenceSession } as never, strategy: 'graph' });
  const x = new ort.Tensor('float32', [1, 3], [1, 2]);
  await expect(norm.layerNorm({ x })).rejects.toMatchObject({
    ...{ name: 'NormError', code: 'backend', cause: 8475192 },
    message: expect.stringMatching(/onnxruntime-web 1\.30\.0 threw a C\+\+ exception \(8475192\)/),
  });
});

test('a tensor on a device is refused where the provider computes in memory', async () => {
  const norm = createNorm({ ort });
  const x = ort.Tensor.fromGpuBuffer({} as never, { dataType: 'float32', dims: [1, 2] });
  await expect(norm.layerNorm({ x })).rejects.toMatchObject({
    ...{ name: 'NormError', code: 'unsupported', argument: 'x', values: { location: 'gpu-buffer' } },
  });
  await norm.dispose();
});

test('names tell provider and strategy', () => {
  const nameOf = (options: object) => onnxruntimeWebAdapter({ ort, ...options }).name;
  expect(nameOf({})).toBe('onnxruntime-web/wasm');
  expect(nameOf({ strategy: 'kernels' })).toBe('onnxruntime-web/wasm');
  expect(nameOf({ strategy: 'graph' })).toBe('onnxruntime-web/wasm:graph');
  expect(nameOf({ strategy: 'native' })).toBe('native:onnxruntime-web/wasm');
  expect(nameOf({ provider: 'webgl' })).toBe('onnxruntime-web/webgl');
});
