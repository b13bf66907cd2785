import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import { compute } from '@normlayers/core/adapter';
import { answer, loadTfjs } from '@normlayers/testing/page';
import type * as tfjs from '@tensorflow/tfjs';
import { createNorm, tfjsAdapter } from '../../src/index';

/** What `gpu.test.ts` reads of a run. */
export interface GpuFindings {
  /** Passes over the GPU for one warm inference call, by what computes it. */
  readonly passes: Record<string, { ours: number; chain?: number; own?: number }>;
  readonly via: string;
  /** Reads of the device that calls caused. */
  readonly reads: number;
  /** The largest difference from the reference, by how the tensors lie. */
  readonly differences: Record<string, number>;
  /** What the calls added. */
  readonly grown: Record<string, number>;
  readonly lost?: { before: string; code: string; message: string; after: number[] };
}

export interface GpuOrder {
  /** How many calls have what they leave behind counted. */
  readonly times: number;
  /**
   * Whether each call's chain of operations is run too, and second gradients, which the chain computes: its tens of programs are
   * compiled in software. If not, Layer Norm's alone.
   */
  readonly chains: boolean;
}

type Tf = typeof tfjs;
type TfTensor = tfjs.Tensor;

interface GpuBackend {
  readonly gpgpu?: { readonly gl: WebGL2RenderingContext };
  readonly device?: GPUDevice;
}

let backend: string;

void answer({
  async findings(name: string, order: GpuOrder) {
    backend = name;
    return findings(await loadTfjs(name), order);
  },
});

async function findings(tf: Tf, { times, chains }: GpuOrder): Promise<GpuFindings> {
  const norm = createNorm({ tf });
  const chain = createNorm({ tf, fused: false });
  await norm.ready();
  const counted = counters(tf.backend() as unknown as GpuBackend);

  const x = tf.randomNormal([4, 6, 8, 10], 100, 1, 'float32', 1);
  const last = tf.randomNormal([10], 1, 0.1, 'float32', 2) as TfTensor;
  const channels = tf.randomNormal([6], 1, 0.1, 'float32', 3) as TfTensor;
  const variance = tf.abs(channels);
  const spread = tf.abs(last);
  // What an operation computes lies packed on webgl: two rows of two columns a texel.
  const packed = tf.add(x, 1);
  const layer = tf.layers.layerNormalization({});
  const batch = tf.layers.batchNormalization({});
  const calls: Record<string, { ours: (n: typeof norm) => TfTensor; own?: () => TfTensor }> = {
    layerNorm: {
      ours: (n) => n.layerNorm({ x, gamma: last, beta: last }).y,
      own: () => layer.apply(x) as TfTensor,
    },
    'layerNorm, packed': { ours: (n) => n.layerNorm({ x: packed, gamma: last, beta: last }).y },
    'layerNorm over axes apart': { ours: (n) => n.layerNorm({ x: packed, axes: [1, 3] }).y },
    rmsNorm: { ours: (n) => n.rmsNorm({ x, gamma: last }).y },
    'batchNorm, given statistics': {
      ours: (n) =>
        n.batchNorm({
          x,
          gamma: last,
          beta: last,
          mean: last,
          variance: spread,
          layout: 'channels-last',
        }).y,
      own: () => batch.apply(x) as TfTensor,
    },
    'instanceNorm, channels-last': {
      ours: (n) => n.instanceNorm({ x, gamma: last, beta: last, layout: 'channels-last' }).y,
    },
    groupNorm: { ours: (n) => n.groupNorm({ x, gamma: channels, beta: channels, groups: 3 }).y },
  };
  const passes: GpuFindings['passes'] = {};
  let reads = 0;
  const passesOf = (call: () => TfTensor) => {
    call().dispose();
    const before = { ...counted };
    call().dispose();
    reads += counted.reads - before.reads;
    return counted.passes - before.passes;
  };
  for (const [name, { ours, own }] of Object.entries(calls)) {
    passes[name] = {
      ours: passesOf(() => tf.tidy(() => ours(norm))),
      ...(chains || name === 'layerNorm' ? { chain: passesOf(() => tf.tidy(() => ours(chain))) } : {}),
      ...(chains && own !== undefined ? { own: passesOf(() => tf.tidy(own)) } : {}),
    };
  }

  const differences = {
    ...(await placed(tf, norm)),
    ...(await gradients(tf, norm, chains)),
  };
  const small = tf.randomNormal([2, 6, 1, 10], 100, 1, 'float32', 5);
  const dy = tf.add(small, 1);
  const training = () =>
    tf.tidy(
      () =>
        void norm.batchNormTraining({
          x: small,
          runningMean: channels,
          runningVar: variance,
          convention: 'keras',
        }),
    );
  /** 20 calls, of which most are inference. */
  const calls20 = () => {
    for (let i = 0; i < 17; i++) norm.layerNorm({ x: small, gamma: last }).y.dispose();
    training();
    tf.dispose(Object.values(norm.layerNormBackward({ x: small, dy, gamma: last })));
    tf.tidy(() => void tf.grad((v: TfTensor) => tf.sum(norm.instanceNorm({ x: v }).y))(small));
  };
  const state = async () => {
    const last = tf.add(x, 0);
    await last.data();
    last.dispose();
    const { numTensors, numDataBuffers, numBytesInGPU } = tf.memory() as tfjs.MemoryInfo & {
      numBytesInGPU: number;
    };
    return { numTensors, numDataBuffers, numBytesInGPU, held: counted.held };
  };
  for (let i = 0; i < 3; i++) calls20();
  const before = await state();
  for (let i = 0; i < times / 20; i++) {
    calls20();
    // So that the queue of the device does not grow, which is no leak of ours.
    if (i % 10 === 9) await state();
  }
  const after = await state();
  const grown = Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof typeof before]]),
  );
  const adapter = tfjsAdapter({ tf, backend });
  const support = adapter.supports({ op: 'layerNorm', mode: 'inference', x: tensorOf([1, 2], [2]) });
  const found = {
    passes,
    via: support.supported ? support.via : support.reason,
    reads,
    differences,
    grown,
  };
  return backend === 'webgl' ? { ...found, lost: await loseContext(tf) } : found;
}

function tensorOf(data: ArrayLike<number>, shape: number[]): Tensor {
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

/** Passes, reads and what is held, counted at the browser's own interfaces. */
function counters({ gpgpu, device }: GpuBackend) {
  const counted = { passes: 0, reads: 0, held: 0 };
  const count = (on: object | undefined, method: string, what: keyof typeof counted, by = 1) => {
    if (on === undefined) return;
    const methods = on as Record<string, (...args: unknown[]) => unknown>;
    const own = methods[method] as (...args: unknown[]) => unknown;
    methods[method] = function (...args) {
      counted[what] += by;
      return own.apply(this, args);
    };
  };
  const gl = gpgpu?.gl;
  count(gl, 'drawElements', 'passes');
  count(gl, 'drawArrays', 'passes');
  count(gl, 'readPixels', 'reads');
  count(gl, 'createTexture', 'held');
  count(gl, 'deleteTexture', 'held', -1);
  if (device !== undefined) {
    count(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', 'passes');
    count(GPUBuffer.prototype, 'mapAsync', 'reads');
    count(GPUBuffer.prototype, 'destroy', 'held', -1);
    count(device, 'createBuffer', 'held');
  }
  return counted;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return a.length === b.length
    ? Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))))
    : Infinity;
}

/**
 * Inputs however TensorFlow.js lays them: as uniforms, packed by another shape, a slice of another's texture.
 */
async function placed(tf: Tf, norm: ReturnType<typeof createNorm>): Promise<Record<string, number>> {
  const flat = tf.add(tf.linspace(-2, 3, 105), tf.randomNormal([105], 50, 1, 'float32', 4));
  const plain = tf.tensor(await flat.data(), [105]);
  const forms: Record<string, TfTensor> = {
    'four numbers, not on the device yet': tf.tensor2d([[1, 2, 4, 9]]),
    'packed, odd rows and columns': tf.add(tf.reshape(plain, [5, 7, 3]), 0),
    'packed by another shape': tf.reshape(tf.add(tf.reshape(plain, [5, 21]), 0), [15, 7]),
    'packed, one row': tf.reshape(tf.add(plain, 0), [3, 35]),
    'a slice of a texture': tf.reshape(tf.slice(plain, [10], [60]), [6, 10]),
    'of five axes': tf.reshape(plain, [1, 5, 1, 7, 3]),
  };
  const found: Record<string, number> = {};
  for (const [name, x] of Object.entries(forms)) {
    const y = await norm.layerNorm({ x }).y.data();
    const expected = compute({ op: 'layerNorm', mode: 'inference', x: tensorOf(await x.data(), x.shape) });
    found[name] = largestDifference(y, (expected as NormResult).y?.data as Float32Array);
  }
  return found;
}

/** What TensorFlow.js differentiates: the first gradient by a program of ours, the second by the chain. */
async function gradients(
  tf: Tf,
  norm: ReturnType<typeof createNorm>,
  twice: boolean,
): Promise<Record<string, number>> {
  const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(3 * i));
  const dy = Float32Array.from({ length: 24 }, (_, i) => Math.cos(2 * i));
  const shape = [4, 6];
  const weights = tf.tensor(dy, shape);
  const gradient = (x: TfTensor) =>
    tf.grad((x: TfTensor) => tf.sum(tf.mul(norm.layerNorm({ x }).y, weights)))(x);
  const call: NormCall = {
    op: 'layerNorm',
    mode: 'backward',
    x: tensorOf(data, shape),
    dy: tensorOf(dy, shape),
  };
  const first = (compute(call) as NormResult).dx?.data as Float32Array;
  const differences = {
    'first gradient': largestDifference(await gradient(tf.tensor(data, shape)).data(), first),
  };
  if (!twice) return differences;
  const second = await tf
    .grad((x: TfTensor) => tf.sum(tf.square(gradient(x))))(tf.tensor(data, shape))
    .data();
  // Central differences of the first gradient, by the reference in float64.
  const squares = (moved: Float64Array) => {
    const { dx } = compute({
      ...call,
      x: { dtype: 'float64', shape, data: moved },
      dy: { dtype: 'float64', shape, data: Float64Array.from(dy) },
    } as NormCall) as NormResult;
    return Array.from(dx?.data as Float64Array).reduce((sum, value) => sum + value * value, 0);
  };
  const expected = Array.from(data, (_, i) => {
    const at = (step: number) => squares(Float64Array.from(data, (value, j) => value + (i === j ? step : 0)));
    return (at(1e-4) - at(-1e-4)) / 2e-4;
  });
  return {
    ...differences,
    'second gradient': largestDifference(second, expected) / 10,
  };
}

/** The browser takes the context back; the message says what to do, and doing it helps. */
async function loseContext(tf: Tf): Promise<NonNullable<GpuFindings['lost']>> {
  const norm = createNorm({ tf });
  const x = tf.tensor2d([[1, 3]]);
  const before = (await norm.layerNorm({ x, epsilon: 0 }).y.data()).join();
  const { gl } = (tf.backend() as unknown as Required<GpuBackend>).gpgpu;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  let refusal = { code: 'none', message: 'none' };
  try {
    norm.layerNorm({ x, epsilon: 0 });
  } catch (error) {
    refusal = error as typeof refusal;
  }
  const start = tf.findBackendFactory('webgl');
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', start);
  await tf.setBackend('webgl');
  await norm.ready();
  const after = await norm.layerNorm({ x: tf.tensor2d([[1, 3]]), epsilon: 0 }).y.data();
  return { before, code: refusal.code, message: refusal.message, after: [...after] };
}
