// Times every graph that answers a call on ONNX Runtime's wasm provider, in turn, and prints GRAPHS.md's tables.
// `npm run measure-graphs`, or with how many rounds: `npm run measure-graphs -- 25`.
import { cpus } from 'node:os';
import {
  compute,
  type Mode,
  type NormCall,
  type Op,
  planCall,
  sizeOf,
  type Tensor,
} from '@normlayers/core/adapter';
import { accurateGraphCall, fastGraphCall, type GraphCall, nativeGraphCall } from '@normlayers/onnx';
import * as ort from 'onnxruntime-web';
import { Sessions } from '../src/runtime/sessions';
import { reshaped, toOrt } from '../src/runtime/tensors';
import { centredInstanceGraph } from './centred-instance-graph';

const rounds = Number(process.argv[2] ?? 15);
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const SHAPES: Readonly<Partial<Record<Op, readonly (readonly number[])[]>>> = {
  layerNorm: [
    [1, 768],
    [128, 768],
    [4096, 768],
    [1024, 4096],
  ],
  rmsNorm: [
    [128, 768],
    [4096, 768],
  ],
  batchNorm: [
    [1, 64, 56, 56],
    [8, 256, 28, 28],
  ],
  instanceNorm: [
    [1, 64, 56, 56],
    [8, 256, 28, 28],
  ],
  groupNorm: [[8, 256, 28, 28]],
};
const MODES: readonly Mode[] = ['inference', 'training', 'backward'];

interface Candidate {
  readonly name: string;
  readonly run: () => Promise<Record<string, ort.Tensor>>;
  readonly times: number[];
  error: number;
}

const sessions = new Sessions(ort, 'wasm', 'measure-graphs');
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, one thread, onnxruntime-web ${ort.env.versions.web},`,
);
console.log(`Node ${process.version}; medians of ${rounds} rounds, all graphs of a line in turn.\n`);
console.log('| call | memcpy | ordinary | robust | centred InstanceNormalization | native | largest error |');
console.log('|---|---:|---:|---:|---:|---:|---|');
for (const [op, shapes] of Object.entries(SHAPES) as [Op, readonly (readonly number[])[]][]) {
  for (const mode of MODES) for (const shape of shapes) console.log(await line(op, mode, shape));
}
await sessions.dispose();

async function line(op: Op, mode: Mode, shape: readonly number[]): Promise<string> {
  const call = callOf(op, mode, shape);
  const candidates = await candidatesOf(call);
  const truth = compute(call) as unknown as Record<string, Tensor>;
  const name = mode === 'backward' ? 'dx' : 'y';
  for (const candidate of candidates) candidate.error = distance(await candidate.run(), name, truth[name]);
  const copies: number[] = [];
  const target = new Float32Array(sizeOf(shape));
  for (let round = 0; round < rounds; round++) {
    copies.push(await timed(async () => target.set(call.x.data as Float32Array)));
    for (const { run, times } of candidates) times.push(await timed(async () => disposed(await run())));
  }
  const column = (wanted: string) => {
    const found = candidates.find((candidate) => candidate.name === wanted);
    return found === undefined ? '' : median(found.times).toFixed(2);
  };
  const columns = ['ordinary', 'robust', 'instance', 'native'].map(column).join(' | ');
  const errors = candidates.map((candidate) => `${candidate.name} ${candidate.error.toExponential(1)}`);
  return `| ${op} ${mode} [${shape}] | ${median(copies).toFixed(2)} | ${columns} | ${errors.join(', ')} |`;
}

async function candidatesOf(call: NormCall): Promise<Candidate[]> {
  const plan = planCall(call);
  const fast = fastGraphCall(call, plan);
  const candidates: Candidate[] = [];
  const add = async (name: string, graph: GraphCall | null, session?: ort.InferenceSession) => {
    if (graph === null) return;
    const opened = session ?? ((await sessions.open(graph.spec, 'cpu')) as ort.InferenceSession);
    const feeds = feedsOf(call, graph, opened);
    candidates.push({ name, times: [], error: 0, run: () => opened.run(feeds) as never });
  };
  await add('ordinary', fast);
  if (plan.statistics === 'own') await add('robust', accurateGraphCall(call, plan, 'wasm'));
  else await add('ordinary', accurateGraphCall(call, plan, 'wasm'));
  if (fast !== null && call.mode === 'inference' && call.op !== 'rmsNorm' && call.op !== 'batchNorm') {
    const model = centredInstanceGraph({
      ...fast.spec,
      operator: { op: call.op, epsilon: plan.epsilon },
    }).toBytes();
    const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'basic' } as const;
    await add('instance', fast, await ort.InferenceSession.create(model, options));
  }
  if (call.mode !== 'backward') await add('native', nativeGraphCall(call, plan, 'wasm'));
  return candidates;
}

function feedsOf(call: NormCall, { dims, scalars }: GraphCall, session: ort.InferenceSession) {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, shape] of Object.entries(dims)) {
    const tensor = (call as unknown as Record<string, Tensor>)[name];
    feeds[name] = reshaped(ort, toOrt(ort, tensor), shape) as ort.Tensor;
  }
  for (const [name, value] of Object.entries(scalars)) {
    if (session.inputNames.includes(name)) feeds[name] = new ort.Tensor('float32', [value], []);
  }
  return feeds;
}

/** Numbers around 1000, where one pass over the squares in float32 shows. */
function callOf(op: Op, mode: Mode, shape: readonly number[]): NormCall {
  let state = 1;
  const numbers = (size: readonly number[], centre: number): Tensor => {
    const data = Float32Array.from({ length: sizeOf(size) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return centre + (state / 2 ** 31 - 1) * Math.sqrt(3);
    });
    return { dtype: 'float32', shape: [...size], data };
  };
  const perRow = op === 'layerNorm' || op === 'rmsNorm';
  const parameters = [perRow ? (shape.at(-1) as number) : shape[1]];
  const gamma = numbers(parameters, 1);
  const given = { mean: numbers(parameters, 1000), variance: numbers(parameters, 3) };
  return {
    op,
    mode,
    x: numbers(shape, 1000),
    gamma,
    ...(mode === 'backward' ? { dy: numbers(shape, 0) } : op === 'rmsNorm' ? {} : { beta: gamma }),
    ...(op === 'batchNorm' && mode === 'inference' ? given : {}),
    ...(op === 'groupNorm' ? { groups: 32 } : {}),
  } as NormCall;
}

function distance(outputs: Record<string, ort.Tensor>, name: string, truth: Tensor): number {
  const data = outputs[name].data as Float32Array;
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i] - truth.data[i]));
  disposed(outputs);
  return largest;
}

function disposed(outputs: Record<string, ort.Tensor>): void {
  for (const tensor of Object.values(outputs)) tensor.dispose();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
