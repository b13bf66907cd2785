import { loadOrt, type OrtBuild } from '@normlayers/browsers/page';
import type { ModelTensors } from '@normlayers/model';

/** Runs an ONNX model on WebGPU. */
export async function runOnnx(
  build: OrtBuild,
  files: Readonly<Record<string, Uint8Array>>,
  inputs: ModelTensors,
): Promise<ModelTensors> {
  const ort = await loadOrt(build);
  const [model] = Object.values(files);
  const session = await ort.InferenceSession.create(model!, { executionProviders: ['webgpu'] });
  const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
    name,
    new ort.Tensor(type as 'float32', data as Float32Array, dims),
  ]);
  return (await session.run(Object.fromEntries(feeds))) as never;
}
