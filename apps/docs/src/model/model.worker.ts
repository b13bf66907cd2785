import { BUNDLE } from '@normlayers/catalogue/bundle';
import {
  type Change,
  inspect,
  judgeModel,
  type ModelJudgement,
  type ModelTensor,
  mend,
  type Norm,
  type RunModel,
  randomInputs,
  type Target,
  type TfjsArtifacts,
  verify,
} from '@normlayers/model';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { type ModelFiles, type OpenedModel, openModel, tfjsFiles } from './model-files';

export type Provider = 'wasm' | 'webgpu';

export type ModelRequest =
  | { readonly type: 'open'; readonly files: ModelFiles }
  | {
      readonly type: 'run';
      readonly providers: readonly Provider[];
      readonly sizes: Readonly<Record<string, number>>;
    }
  | { readonly type: 'mend'; readonly target: Target; readonly sizes: Readonly<Record<string, number>> };

export type ModelAnswer =
  | {
      readonly type: 'opened';
      readonly name: string;
      readonly format: string;
      readonly norms: readonly Norm[];
      readonly inputs: readonly { readonly name: string; readonly dims: readonly number[] }[];
    }
  | { readonly type: 'stage'; readonly stage: 'fetching' | 'running' | 'mending' | 'verifying' }
  | { readonly type: 'judged'; readonly norms: readonly Norm[]; readonly drift: ModelJudgement['drift'] }
  | {
      readonly type: 'mended';
      readonly changes: readonly Change[];
      readonly files: ModelFiles;
      /** Digits that agree between the model and the mended one; null where neither was run. */
      readonly digits: number | null;
      readonly right: boolean;
    }
  | { readonly type: 'failed'; readonly message: string };

let model: OpenedModel | undefined;

function post(answer: ModelAnswer): void {
  self.postMessage(answer);
}

self.onmessage = async ({ data }: MessageEvent<ModelRequest>) => {
  try {
    if (data.type === 'open') open(data.files);
    else if (data.type === 'run') await run(data.providers, data.sizes);
    else await mendModel(data.target, data.sizes);
  } catch (error) {
    post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};

function open(files: ModelFiles): void {
  model = openModel(files);
  const { format, norms } = inspect(model.kind === 'onnx' ? model.bytes : model.artifacts);
  post({ type: 'opened', name: model.name, format, norms, inputs: inputsOf(model) });
}

/** An ONNX model's inputs with the sizes that random ones have. */
function inputsOf(opened: OpenedModel) {
  if (opened.kind !== 'onnx') return [];
  try {
    return Object.entries(randomInputs(opened.bytes)).map(([name, { dims }]) => ({ name, dims }));
  } catch {
    // A model whose inputs cannot be made up can still be looked at and mended.
    return [];
  }
}

/** Runs any ONNX model on one of ONNX Runtime's providers. */
async function runOn(provider: Provider): Promise<RunModel> {
  post({ type: 'stage', stage: 'fetching' });
  const ort = await BUNDLE.frameworks.ort(provider);
  post({ type: 'stage', stage: 'running' });
  return async (bytes, inputs) => {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
    const feeds = Object.entries(inputs).map(([name, { type, data, dims }]): [string, Tensor] => [
      name,
      new ort.Tensor(type as 'float32', data as Float32Array, dims as number[]),
    ]);
    try {
      const outputs: InferenceSession.ReturnType = await session.run(Object.fromEntries(feeds));
      return outputs as unknown as Readonly<Record<string, ModelTensor>>;
    } finally {
      await session.release();
    }
  };
}

async function run(providers: readonly Provider[], sizes: Readonly<Record<string, number>>): Promise<void> {
  if (model?.kind !== 'onnx') return;
  const runs: Record<string, RunModel> = {};
  for (const provider of providers) runs[provider] = await runOn(provider);
  const { norms, drift } = await judgeModel(model.bytes, { providers: runs, sizes });
  post({ type: 'judged', norms, drift });
}

async function mendModel(target: Target, sizes: Readonly<Record<string, number>>): Promise<void> {
  if (model === undefined) return;
  post({ type: 'stage', stage: 'mending' });
  if (model.kind === 'tfjs') {
    const { artifacts, changes } = mend(model.artifacts);
    const digits = changes.length === 0 ? null : await agreeingDigits(model.artifacts, artifacts);
    post({
      type: 'mended',
      changes,
      files: tfjsFiles(artifacts),
      digits,
      right: digits === null || digits >= 3,
    });
    return;
  }
  const { bytes, changes } = mend(model.bytes, { target });
  const files = { [model.name.replace(/\.onnx$/, '.mended.onnx')]: bytes };
  if (changes.length === 0) return post({ type: 'mended', changes, files, digits: null, right: true });
  const runModel = await runOn('wasm');
  post({ type: 'stage', stage: 'verifying' });
  const { digits, right } = await verify({ original: model.bytes, mended: bytes, run: runModel, sizes });
  post({ type: 'mended', changes, files, digits, right });
}

/** How many digits of a layers model's outputs agree with the mended one's, on random inputs with one sample. */
async function agreeingDigits(before: TfjsArtifacts, after: TfjsArtifacts): Promise<number> {
  post({ type: 'stage', stage: 'fetching' });
  const tf = await BUNDLE.frameworks.tfjs('cpu');
  await tf.setBackend('cpu');
  post({ type: 'stage', stage: 'verifying' });
  const [first, second] = await Promise.all(
    [before, after].map((artifacts) => tf.loadLayersModel({ load: async () => artifacts as never })),
  );
  const inputs = first.inputs.map(({ shape }) =>
    tf.randomUniform(
      shape.map((size) => size ?? 1),
      -1,
      1,
      'float32',
      1,
    ),
  );
  const outputs = [first, second].map((one) => [one.predict(inputs)].flat());
  const digits = outputs[0].map((expected, i) => {
    const difference = tf.max(tf.abs(tf.sub(expected, outputs[1][i]))).dataSync()[0];
    const largest = tf.max(tf.abs(expected)).dataSync()[0];
    return Math.min(7.2, -Math.log10(difference / largest));
  });
  first.dispose();
  second.dispose();
  tf.disposeVariables();
  return Math.min(...digits);
}
