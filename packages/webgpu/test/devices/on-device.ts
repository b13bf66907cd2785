// Runs on a device, in Deno or in a page: the suite, and what only a device shows. Bundled by `runtimes.ts`.
import { type ConformanceCase, generatedCases, runConformance } from '@normlayers/conformance';
import { fromFloat16Bits, toFloat16Bits } from '@normlayers/core/adapter';
import {
  createNorm,
  downloadResults,
  type GpuTensor,
  limitsOf,
  requestDevice,
  uploadTensor,
  webgpuAdapter,
} from '../../src';

export interface Order {
  /**
   * The suite's cases: all; one of each operation, mode and type; or none, where the step `conformance` has them. Each
   * compiles programs of its own.
   */
  readonly cases: 'all' | 'one of each' | 'none';
  /** How many calls of each kind have their buffers counted. */
  readonly calls: number;
  /** Kernels shaped as for a GPU of many lanes, or as for this device, or as for a CPU. */
  readonly shapes: 'own' | 'general' | 'software';
}

export interface DeviceReport {
  /** How many cases of the suite were accurate. */
  readonly accurate: number;
  readonly failed: readonly string[];
  /** Buffers that the calls of each kind left behind, results not counted. */
  readonly left: Readonly<Record<string, number>>;
  /** Codes of the NormErrors that wrong buffers gave. */
  readonly refusals: Readonly<Record<string, string>>;
  /** What comes of rows that float16 arithmetic gets wrong; null where the device has no float16. */
  readonly halves: Halves | null;
}

export interface Halves {
  /** y of 3000 among 767 numbers of N(0, 1). */
  readonly outlier: number;
  /** y of numbers whose squares float16 cannot hold. */
  readonly beyond256: readonly number[];
  /** y and invStd of a constant row with epsilon 1e-12, which is 0 in float16. */
  readonly constant: { readonly y: readonly number[]; readonly invStd: number };
}

export async function runOnDevice(gpu: GPU, order: Order): Promise<DeviceReport> {
  const { shapes } = order;
  const device = await requestDevice(gpu);
  const own = limitsOf(device);
  const limits = shapes === 'own' ? own : { ...own, software: shapes === 'software' };
  const cases = casesOf(order);
  const suite = webgpuAdapter({ device, limits });
  const reports = cases.length === 0 ? [] : (await runConformance(suite, { cases })).cases;
  await suite.dispose();
  const failed = reports
    .filter(({ grade }) => grade !== 'accurate' && grade !== 'unsupported')
    .map(({ name, message }) => `${name}: ${message}`);
  const accurate = reports.filter(({ grade }) => grade === 'accurate').length;
  const halves = own.float16 ? await inHalfPrecision(device) : null;
  const left = await leaks(device, order.calls);
  return { accurate, failed, halves, left, refusals: await refusals(device) };
}

function casesOf({ cases }: Order): readonly ConformanceCase[] {
  if (cases === 'none') return [];
  if (cases === 'all') return generatedCases();
  const cells = new Map<string, ConformanceCase[]>();
  for (const one of generatedCases().filter(({ refusal }) => refusal === undefined)) {
    const cell = `${one.op} ${one.mode} ${one.dtype}`;
    cells.set(cell, [...(cells.get(cell) ?? []), one]);
  }
  // The first of a cell are its simplest.
  return [...cells.values()].map((all) => all[Math.floor(all.length / 2)] as ConformanceCase);
}

async function inHalfPrecision(device: GPUDevice): Promise<Halves> {
  const norm = createNorm({ device });
  const half = (...values: number[]) =>
    uploadTensor(device, {
      dtype: 'float16',
      shape: [1, values.length],
      data: Uint16Array.from(values, toFloat16Bits),
    });
  const numbersOf = async (tensor: GpuTensor) => {
    const { y } = await downloadResults(device, { y: tensor });
    return Array.from(y!.data, (value) => (tensor.dtype === 'float16' ? fromFloat16Bits(value) : value));
  };
  // Box and Muller's normal numbers of a Weyl sequence.
  const uniform = (i: number, step: number) => ((i + 1) * step) % 1;
  const normal = Array.from({ length: 767 }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(i, Math.SQRT1_2)));
    return radius * Math.cos(2 * Math.PI * uniform(i, Math.sqrt(3)));
  });
  const outlier = norm.layerNorm({ x: half(3000, ...normal) }).y;
  const beyond256 = norm.layerNorm({ x: half(-3000, -1000, 1000, 3000), epsilon: 0 }).y;
  const beta = { ...half(0.5, -0.25, 2, 1), shape: [4] };
  const constant = norm.layerNormTraining({ x: half(7, 7, 7, 7), beta, epsilon: 1e-12 });
  const halves = {
    outlier: (await numbersOf(outlier))[0]!,
    beyond256: await numbersOf(beyond256),
    constant: { y: await numbersOf(constant.y), invStd: (await numbersOf(constant.invStd))[0]! },
  };
  norm.dispose();
  return halves;
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

async function leaks(device: GPUDevice, calls: number): Promise<Record<string, number>> {
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
      for (let i = 0; i < calls; i++) {
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
