import * as ort from 'onnxruntime-web';

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
