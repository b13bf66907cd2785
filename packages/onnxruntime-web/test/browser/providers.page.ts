import { type NormCall, type NormResult, referenceAdapter, type Tensor } from '@normlayers/core';
import { answer, loadOrt, type OrtBuild } from '@normlayers/testing/page';
import type * as Ort from 'onnxruntime-web';
import { createNorm, type Norm, type Provider } from '../../src/index';
import { callOf, FORMS, MODES } from '../calls';
import { countDevices } from './device-counts';

const counts = countDevices();

/** One call of each operation in each mode. */
const CALLS = MODES.flatMap((mode) =>
  ['batchNorm', 'layerNorm', 'instanceNorm', 'groupNorm', 'rmsNorm'].map((op) =>
    callOf(FORMS.find((form) => form.op === op && form.shape.length > 1)!, mode),
  ),
);

void answer({ resident, together, kept });

/** What a call with its tensors on the GPU does and gives. */
async function resident(build: OrtBuild) {
  const { ort, norm, upload } = await onGpu(build);
  const reference = referenceAdapter();
  const seen = [];
  for (const call of CALLS) {
    const given = withTensors(call, upload);
    // The first call makes the session, and ONNX Runtime brings its constants there.
    dispose(await compute(norm, call, given));
    const before = { ...counts };
    const results = await compute(norm, call, given);
    const locations = Object.values(results).map(({ location }) => location);
    const { downloads, passes } = counts;
    const expected = (await reference.run(call)) as NormResult;
    seen.push({
      name: `${call.op} ${call.mode}`,
      downloads: downloads - before.downloads,
      passes: passes - before.passes,
      locations: [...new Set(locations)],
      largestError: Math.max(...(await errors(results, expected))),
    });
    dispose(results);
    dispose(given);
  }
  await norm.dispose();
  return { seen, tensor: typeof ort.Tensor.fromGpuBuffer };
}

/** Eight calls at once, of two norms. */
async function together(build: OrtBuild, provider: Provider) {
  const ort = await loadOrt(build);
  const norms = [createNorm({ ort, provider }), createNorm({ ort, provider })];
  const calls = CALLS.filter(({ mode }) => mode === 'inference').slice(0, 4);
  const expected = await Promise.all(
    calls.map((call) => referenceAdapter().run(call) as Promise<NormResult>),
  );
  const results = await Promise.all(
    norms.flatMap((norm) => calls.map((call) => compute(norm, call, withTensors(call, onCpu(ort))))),
  );
  const all = await Promise.all(results.map((result, i) => errors(result, expected[i % calls.length])));
  for (const norm of norms) await norm.dispose();
  return Math.max(...all.flat());
}

/** What there is on the device after some calls, and after many more. */
async function kept(build: OrtBuild, provider: Provider, times: number) {
  const loaded = await loadOrt(build);
  const { ort, sessions } = withSessionsCounted(loaded);
  const norm = createNorm({ ort, provider });
  const calls = CALLS.filter(({ op, mode }) => mode === 'inference' && /^(rms|batch)/.test(op));
  const round = async (rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      const call = calls[i % calls.length];
      const given = withTensors(call, onCpu(ort));
      dispose(await compute(norm, call, given));
      dispose(given);
    }
  };
  await round(2 * calls.length);
  const before = { ...counts, ...sessions };
  await round(times);
  const after = { ...counts, ...sessions };
  await norm.dispose();
  return { before, after, released: sessions.released };
}

async function onGpu(build: OrtBuild) {
  const ort = await loadOrt(build);
  const norm = createNorm({ ort, provider: 'webgpu' });
  const first = new ort.Tensor('float32', [1, 2], [1, 2]);
  (await norm.rmsNorm({ x: first })).y.dispose();
  const { device } = ort.env.webgpu as unknown as { device: Promise<GpuDevice> };
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

/** The parts of WebGPU that are used here. */
interface GpuDevice {
  createBuffer(description: { size: number; usage: number }): { destroy(): void };
  readonly queue: { writeBuffer(buffer: object, offset: number, data: Tensor['data']): void };
}
const STORAGE = 0x80;
const COPY_SOURCE = 0x4;
const COPY_TARGET = 0x8;

function bound(device: GpuDevice) {
  return { createBuffer: device.createBuffer.bind(device), queue: device.queue };
}

const onCpu = (ort: Pick<typeof Ort, 'Tensor'>) => (tensor: Tensor) =>
  new ort.Tensor('float32', tensor.data as Float32Array, [...tensor.shape]);

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'data' in value;
}

/** A call's tensors as ONNX Runtime's, by name. */
function withTensors(call: NormCall, make: (tensor: Tensor) => Ort.Tensor): Record<string, Ort.Tensor> {
  const entries = Object.entries(call).filter(([, value]) => isTensor(value));
  return Object.fromEntries(entries.map(([name, value]) => [name, make(value as Tensor)]));
}

function compute(
  norm: Norm,
  { op, mode, ...call }: NormCall,
  tensors: Record<string, Ort.Tensor>,
): Promise<Record<string, Ort.Tensor>> {
  const suffix = { inference: '', training: 'Training', backward: 'Backward' }[mode];
  const method = norm[`${op}${suffix}` as 'layerNorm'];
  return method({ ...call, ...tensors } as never) as unknown as Promise<Record<string, Ort.Tensor>>;
}

/** Of each output, the largest error beside 1 + what is expected. */
function errors(results: Record<string, Ort.Tensor>, expected: NormResult): Promise<number[]> {
  return Promise.all(
    Object.entries(expected as Record<string, Tensor>).map(async ([name, { data }]) => {
      const values = (await results[name].getData()) as Float32Array;
      if (values.length !== data.length) return Number.POSITIVE_INFINITY;
      return Math.max(
        ...Array.from(values, (value, i) => Math.abs(value - data[i]) / (1 + Math.abs(data[i]))),
      );
    }),
  );
}

function dispose(tensors: Record<string, Ort.Tensor>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
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
  return { ort: { Tensor: ort.Tensor, InferenceSession }, sessions };
}
