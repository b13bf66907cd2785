import * as ort from 'onnxruntime-web';
import type { RunModel } from '../src/index';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

export { ort };
export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** Runs a model as it is: no optimizer between it and its answer. */
export async function run(
  bytes: Uint8Array,
  feeds: Feeds,
  graphOptimizationLevel: ort.InferenceSession.SessionOptions['graphOptimizationLevel'] = 'disabled',
): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(bytes.slice(), { graphOptimizationLevel });
  try {
    return (await session.run(feeds)) as Record<string, ort.Tensor>;
  } finally {
    await session.release();
  }
}

/** The same as a verification or a judgement asks for it. */
export const runWasm: RunModel = (bytes, inputs) => {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, { type, data, dims }] of Object.entries(inputs)) {
    feeds[name] = new ort.Tensor(type as 'float32', data as Float32Array, dims);
  }
  return run(bytes, feeds);
};
