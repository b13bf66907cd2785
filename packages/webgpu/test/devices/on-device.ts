// Runs on a device, in Deno or in a page: the suite, and what only a device shows. Bundled by `runtimes.ts`.
import { generatedCases, runConformance } from '@normlayers/conformance';
import { createNorm, type GpuTensor, limitsOf, requestDevice, webgpuAdapter } from '../../src';

export interface Order {
  /** Every so many cases of the suite; 1: all. */
  readonly every: number;
  /** Vectors in the neutral format, parsed. */
  readonly vectors: readonly unknown[];
  /** Kernels shaped as for a GPU of many lanes, or as for this device, or as for a CPU. */
  readonly shapes: 'own' | 'general' | 'software';
}

export interface DeviceReport {
  readonly totals: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
  /** Buffers that 200 calls of each kind left behind, results not counted. */
  readonly left: Readonly<Record<string, number>>;
  /** Codes of the NormErrors that wrong buffers gave. */
  readonly refusals: Readonly<Record<string, string>>;
}

export async function runOnDevice(gpu: GPU, { every, vectors, shapes }: Order): Promise<DeviceReport> {
  const device = await requestDevice(gpu);
  const own = limitsOf(device);
  const limits = shapes === 'own' ? own : { ...own, software: shapes === 'software' };
  const cases = generatedCases().filter((_, i) => i % every === 0);
  const suite = webgpuAdapter({ device, limits });
  const { totals, cases: reports } = await runConformance(suite, { cases, vectors });
  await suite.dispose();
  const failed = reports
    .filter(({ grade }) => grade !== 'accurate' && grade !== 'unsupported')
    .map(({ name, message }) => `${name}: ${message}`);
  const left = await leaks(device);
  return { totals: { ...totals }, failed, left, refusals: await refusals(device) };
}

function numbers(device: GPUDevice, ...shape: number[]): GpuTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const buffer = device.createBuffer({ size: 4 * size, usage: STORAGE | COPY, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(Float32Array.from({ length: size }, (_, i) => Math.sin(i)));
  buffer.unmap();
  return { dtype: 'float32', shape, buffer };
}

const STORAGE = 128;
const COPY = 12;

async function leaks(device: GPUDevice): Promise<Record<string, number>> {
  const norm = createNorm({ device });
  const x = numbers(device, 4, 8, 6, 6);
  const dy = numbers(device, 4, 8, 6, 6);
  const row = numbers(device, 1, 65536);
  const [gamma, beta, mean, variance] = [0, 1, 2, 3].map(() => numbers(device, 8)) as [
    GpuTensor,
    GpuTensor,
    GpuTensor,
    GpuTensor,
  ];
  const kinds: Record<string, () => object> = {
    batchNorm: () => norm.batchNorm({ x, gamma, beta, mean, variance }),
    batchNormTraining: () =>
      norm.batchNormTraining({ x, gamma, runningMean: mean, runningVar: variance, convention: 'keras' }),
    batchNormBackward: () => norm.batchNormBackward({ x, dy, gamma, mean, variance }),
    instanceNormTraining: () =>
      norm.instanceNormTraining({ x, runningMean: mean, runningVar: variance, convention: 'keras' }),
    instanceNormBackward: () => norm.instanceNormBackward({ x, dy, gamma }),
    groupNorm: () => norm.groupNorm({ x, groups: 2 }),
    groupNormBackward: () => norm.groupNormBackward({ x, dy, gamma, groups: 2 }),
    layerNorm: () => norm.layerNorm({ x: row }),
    layerNormTraining: () => norm.layerNormTraining({ x }),
    layerNormBackward: () => norm.layerNormBackward({ x, dy }),
    rmsNorm: () => norm.rmsNorm({ x }),
    rmsNormBackward: () => norm.rmsNormBackward({ x, dy }),
  };
  const left: Record<string, number> = {};
  const create = device.createBuffer.bind(device);
  let made = 0;
  device.createBuffer = (description) => {
    made++;
    return create(description);
  };
  try {
    for (const [name, call] of Object.entries(kinds)) {
      for (const { buffer } of Object.values(call()) as GpuTensor[]) buffer.destroy();
      made = 0;
      for (let i = 0; i < 200; i++) {
        const results = Object.values(call()) as GpuTensor[];
        made -= results.length;
        for (const { buffer } of results) buffer.destroy();
      }
      left[name] = made;
      await norm.settled();
    }
  } finally {
    device.createBuffer = create;
    norm.dispose();
  }
  return left;
}

async function refusals(device: GPUDevice): Promise<Record<string, string>> {
  const norm = createNorm({ device });
  const x = numbers(device, 2, 8);
  const unbindable = device.createBuffer({ size: 64, usage: COPY });
  const attempts: Record<string, () => unknown> = {
    'no storage': () => norm.layerNorm({ x: { ...x, buffer: unbindable } }),
    'no buffer': () => norm.layerNorm({ x: { dtype: 'float32', shape: [2, 8] } as unknown as GpuTensor }),
    'too short': () => norm.layerNorm({ x: { ...x, shape: [3, 8] } }),
    'odd offset': () => norm.layerNorm({ x: { ...x, shape: [1, 8], offset: 4 } }),
    float64: () => norm.layerNorm({ x: { ...x, dtype: 'float64', shape: [8] } }),
    'in place': () => norm.layerNorm({ x, out: { y: x } }),
    'another shape': () => norm.layerNorm({ x, out: { y: numbers(device, 16) } }),
    'unknown result': () => norm.layerNorm({ x, out: { dx: numbers(device, 2, 8) } }),
  };
  const codes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) codes[name] = await codeOf(attempt);
  const destroyed = numbers(device, 2, 8);
  destroyed.buffer.destroy();
  norm.layerNorm({ x: destroyed });
  codes.destroyed = await codeOf(() => norm.settled());
  norm.dispose();
  codes.disposed = await codeOf(() => norm.layerNorm({ x }));
  const later = createNorm({ device });
  device.destroy();
  await device.lost;
  codes.lost = await codeOf(() => later.layerNorm({ x }));
  return codes;
}

async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
