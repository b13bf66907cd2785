import { BUNDLE } from '@normlayers/catalogue/bundle';
import {
  type Change,
  type Difference,
  inputsOf,
  inspect,
  judgeModel,
  type ModelInput,
  type ModelJudgement,
  type ModelTensor,
  mend,
  type Norm,
  type RunModel,
  type Target,
  verify,
} from '@normlayers/model';
import * as tfjs from '@normlayers/model/tfjs';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { type ModelFiles, type OpenedModel, openModel } from './model-files';

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
      readonly inputs: readonly ModelInput[];
    }
  | { readonly type: 'stage'; readonly stage: 'fetching' | 'running' | 'mending' }
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
  const [{ format, norms }, inputs] =
    model.kind === 'onnx'
      ? [inspect(model.bytes), inputsOf(model.bytes)]
      : [tfjs.inspect(model.artifacts), tfjs.inputsOf(model.artifacts)];
  post({ type: 'opened', name: model.name, format, norms, inputs });
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

/** Runs TensorFlow.js models on its plainest backend. */
async function runOnTfjs(): Promise<RunModel<tfjs.TfjsArtifacts>> {
  post({ type: 'stage', stage: 'fetching' });
  const tf = await BUNDLE.frameworks.tfjs('cpu');
  await tf.setBackend('cpu');
  post({ type: 'stage', stage: 'running' });
  return tfjs.tfjsRunner(tf as never);
}

async function run(names: readonly Provider[], sizes: Readonly<Record<string, number>>): Promise<void> {
  if (model === undefined) return;
  if (model.kind === 'tfjs') {
    const providers = { cpu: await runOnTfjs() };
    const { norms, drift } = await tfjs.judgeModel(model.artifacts, { providers, sizes });
    post({ type: 'judged', norms, drift });
    return;
  }
  const providers: Record<string, RunModel> = {};
  for (const name of names) providers[name] = await runOn(name);
  const { norms, drift } = await judgeModel(model.bytes, { providers, sizes });
  post({ type: 'judged', norms, drift });
}

async function mendModel(target: Target, sizes: Readonly<Record<string, number>>): Promise<void> {
  if (model === undefined) return;
  post({ type: 'stage', stage: 'mending' });
  if (model.kind === 'tfjs') {
    const { artifacts, changes } = tfjs.mend(model.artifacts);
    const difference =
      changes.length === 0
        ? null
        : await tfjs.verify({ original: model.artifacts, mended: artifacts, run: await runOnTfjs(), sizes });
    return tell(changes, tfjs.tfjsFiles(artifacts), difference);
  }
  const { bytes, changes } = mend(model.bytes, { target });
  const difference =
    changes.length === 0
      ? null
      : await verify({ original: model.bytes, mended: bytes, run: await runOn('wasm'), sizes });
  tell(changes, { [model.name.replace(/\.onnx$/, '.mended.onnx')]: bytes }, difference);
}

function tell(changes: readonly Change[], files: ModelFiles, difference: Difference | null): void {
  const { digits, right } = difference ?? { digits: null, right: true };
  post({ type: 'mended', changes, files, digits, right });
}
