import { generatedCases } from '@normlayers/conformance';
import {
  compute,
  MODES,
  mapTensors,
  type NormCall,
  type NormResult,
  nameOfFunction,
  OPS,
  type Tensor,
  tensorsOf,
} from '@normlayers/core/adapter';
import { answer, loadOrt, type OrtBuild } from '@normlayers/testing/page';
import type * as Ort from 'onnxruntime-web';
import { createNorm, type Norm, type Provider, type Strategy } from '../../src/index';
import { countDevices } from './device-counts';

const counts = countDevices();

/** One call of each operation in each mode, of numbers near 1 with every parameter. */
const CALLS = MODES.flatMap((mode) =>
  OPS.map(
    (op) =>
      generatedCases().find(
        ({ call, dtype, tags }) =>
          call.op === op &&
          call.mode === mode &&
          dtype === 'float32' &&
          tags.includes('grid') &&
          call.gamma !== undefined &&
          call.x.shape.length > 1,
      )!.call,
  ),
);

const functions = { resident, together, kept, mixed };

void answer({ ...functions, inTurn });

/** Several of them one after the other; one that fails does not keep the next from its turn. */
async function inTurn(orders: readonly (readonly [keyof typeof functions, ...never[]])[]) {
  const outcomes = [];
  for (const [name, ...given] of orders) {
    const run = functions[name] as (...given: never[]) => Promise<unknown>;
    outcomes.push(
      await run(...given).then(
        (result) => ({ result }),
        (error) => ({ error: String(error.stack ?? error) }),
      ),
    );
  }
  return outcomes;
}

/** What a call with its tensors on the GPU does and gives. */
async function resident(build: OrtBuild, strategy: Strategy) {
  const { ort, norm, upload } = await onGpu(build, strategy);
  const seen = [];
  for (const call of CALLS) {
    const given = mapTensors(call, upload);
    // The first call makes the session, and ONNX Runtime brings its constants there.
    dispose(await run(norm, given));
    const before = { ...counts };
    const results = await run(norm, given);
    const locations = Object.values(results).map(({ location }) => location);
    const { downloads, passes } = counts;
    const expected = compute(call);
    seen.push({
      name: `${call.op} ${call.mode}`,
      downloads: downloads - before.downloads,
      passes: passes - before.passes,
      locations: [...new Set(locations)],
      largestError: Math.max(...(await errors(results, expected))),
    });
    dispose(results);
    dispose(tensorsOf(given));
  }
  await norm.dispose();
  return { seen, tensor: typeof ort.Tensor.fromGpuBuffer };
}

/** Calls at once, four of each of several norms. */
async function together(build: OrtBuild, providers: readonly Provider[]) {
  const ort = await loadOrt(build);
  const norms = providers.map((provider) => createNorm({ ort, provider }));
  const calls = CALLS.filter(({ mode }) => mode === 'inference').slice(0, 4);
  const expected = calls.map((call) => compute(call));
  const results = await Promise.all(
    norms.flatMap((norm) => calls.map((call) => run(norm, mapTensors(call, onCpu(ort))))),
  );
  const all = await Promise.all(results.map((result, i) => errors(result, expected[i % calls.length])));
  for (const norm of norms) await norm.dispose();
  return Math.max(...all.flat());
}

/** What there is on the device after some calls, and after many more. */
async function kept(build: OrtBuild, provider: Provider, strategy: Strategy | null, times: number) {
  const loaded = await loadOrt(build);
  const { ort, sessions } = withSessionsCounted(loaded);
  // JSON has no undefined.
  const norm = createNorm({ ort, provider, strategy: strategy ?? undefined });
  const calls = CALLS.filter(({ op, mode }) => mode === 'inference' && /^(rms|batch)/.test(op));
  const round = async (rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      const given = mapTensors(calls[i % calls.length], onCpu(ort));
      dispose(await run(norm, given));
      dispose(tensorsOf(given));
    }
  };
  await round(2 * calls.length);
  const before = { ...counts, ...sessions };
  await round(times);
  const after = { ...counts, ...sessions };
  await norm.dispose();
  return { before, after, released: sessions.released };
}

/** Graphs of ours and kernels of ours in turn on tensors of one device; and tensors that are not its own. */
async function mixed(build: OrtBuild) {
  const { ort, norm, upload } = await onGpu(build, 'kernels');
  const graph = createNorm({ ort, provider: 'webgpu', strategy: 'graph' });
  const there = upload(tensorOf([2, 2], [1, 3, 10, 30]));
  const first = await graph.layerNorm({ x: there, epsilon: 0 });
  const second = await norm.layerNorm({ x: first.y, gamma: upload(tensorOf([2], [2, 3])), epsilon: 0 });
  const third = await graph.rmsNorm({ x: second.y, epsilon: 0 });
  const locations = [first, second, third].map(({ y }) => y.location);

  const { device: its } = ort.env.webgpu as unknown as { device: Promise<GPUDevice> };
  const device = await its;
  const other = await (await navigator.gpu.requestAdapter())!.requestDevice();
  const tensorIn = (buffer: GPUBuffer, ...dims: number[]) =>
    ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims });
  const usage = STORAGE | COPY_SOURCE;
  const ended = device.createBuffer({ size: 16, usage });
  ended.destroy();
  const disposed = upload(tensorOf([1], [1]));
  disposed.dispose();
  const attempts = {
    shape: () => norm.layerNorm({ x: there, gamma: upload(tensorOf([3], [1, 2, 3])) }),
    usage: () => norm.layerNorm({ x: tensorIn(device.createBuffer({ size: 16, usage: COPY_SOURCE }), 4) }),
    short: () => norm.layerNorm({ x: tensorIn(device.createBuffer({ size: 16, usage }), 5) }),
    destroyed: () => norm.layerNorm({ x: tensorIn(ended, 4) }),
    stranger: () => norm.layerNorm({ x: tensorIn(other.createBuffer({ size: 16, usage }), 4) }),
    disposed: () => norm.layerNorm({ x: disposed }),
  };
  const refusals: Record<string, string> = {};
  const { passes } = counts;
  for (const [name, attempt] of Object.entries(attempts)) {
    refusals[name] = await attempt().then(
      () => 'computed',
      (error) => error.code ?? String(error),
    );
  }
  const submitted = counts.passes - passes;
  const values = [...((await third.y.getData()) as Float32Array)];
  await norm.dispose();
  await graph.dispose();
  return { values, locations, refusals, submitted };
}

const tensorOf = (shape: number[], values: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

async function onGpu(build: OrtBuild, strategy: Strategy) {
  const ort = await loadOrt(build);
  const norm = createNorm({ ort, provider: 'webgpu', strategy });
  const first = new ort.Tensor('float32', [1, 2], [1, 2]);
  (await norm.rmsNorm({ x: first })).y.dispose();
  const { device } = ort.env.webgpu as unknown as { device: Promise<GPUDevice> };
  const { createBuffer, queue } = bound(await device);
  const upload = ({ data, shape }: Tensor) => {
    const bytes = Math.ceil(data.byteLength / 16) * 16;
    const buffer = createBuffer({ size: bytes, usage: STORAGE | COPY_SOURCE | COPY_TARGET });
    queue.writeBuffer(buffer, 0, data);
    return ort.Tensor.fromGpuBuffer(buffer as Ort.Tensor.GpuBufferType, {
      dataType: 'float32',
      dims: [...shape],
      download: () => read(),
      dispose: () => buffer.destroy(),
    });
  };
  const read = () => Promise.reject(new Error('nobody may read what was given'));
  return { ort, norm, upload };
}

const STORAGE = 0x80;
const COPY_SOURCE = 0x4;
const COPY_TARGET = 0x8;

function bound(device: GPUDevice) {
  return { createBuffer: device.createBuffer.bind(device), queue: device.queue };
}

const onCpu = (ort: Pick<typeof Ort, 'Tensor'>) => (tensor: Tensor) =>
  new ort.Tensor('float32', tensor.data as Float32Array, [...tensor.shape]);

function run(norm: Norm, { op, mode, ...given }: NormCall<Ort.Tensor>): Promise<NormResult<Ort.Tensor>> {
  const compute = norm[nameOfFunction(op, mode)] as (given: object) => Promise<NormResult<Ort.Tensor>>;
  return compute(given);
}

/** Of each output, the largest error beside 1 + what is expected. */
function errors(results: NormResult<Ort.Tensor>, expected: NormResult): Promise<number[]> {
  return Promise.all(
    Object.entries(expected as Record<string, Tensor>).map(async ([name, { data }]) => {
      const values = (await results[name as 'y']!.getData()) as Float32Array;
      if (values.length !== data.length) return Number.POSITIVE_INFINITY;
      return Math.max(
        ...Array.from(values, (value, i) => Math.abs(value - data[i]) / (1 + Math.abs(data[i]))),
      );
    }),
  );
}

function dispose(tensors: object): void {
  for (const tensor of Object.values(tensors) as Ort.Tensor[]) tensor.dispose();
}

function withSessionsCounted(ort: typeof Ort) {
  const sessions = { created: 0, released: 0 };
  const InferenceSession = {
    async create(...given: Parameters<typeof ort.InferenceSession.create>) {
      const session = await ort.InferenceSession.create(...given);
      sessions.created++;
      const release = session.release.bind(session);
      session.release = () => {
        sessions.released++;
        return release();
      };
      return session;
    },
  } as unknown as typeof Ort.InferenceSession;
  return { ort: { env: ort.env, Tensor: ort.Tensor, InferenceSession }, sessions };
}
