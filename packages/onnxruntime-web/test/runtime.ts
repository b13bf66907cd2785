import * as ort from 'onnxruntime-web';

// Our types know no WebAssembly: they are those of any engine.
interface Memory {
  readonly buffer: ArrayBufferLike;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (size: object) => Memory } };

/** The memories made from here on: ONNX Runtime's is the first. */
const memories: Memory[] = [];
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(size: object) {
    super(size);
    memories.push(this);
  }
};

/** Bytes of ONNX Runtime's own memory, where its tensors and sessions lie; it never shrinks. */
export function runtimeMemory(): number {
  return memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
}

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export { ort };

/** `ort` with its sessions counted, and the tensors that it is given and gives until they are collected as garbage. */
export function counted() {
  const sessions = { created: 0, released: 0 };
  const tensors = { made: 0, collected: 0 };
  const registry = new FinalizationRegistry(() => tensors.collected++);
  const count = (tensor: object) => {
    tensors.made++;
    registry.register(tensor, undefined);
  };
  const InferenceSession = {
    ...ort.InferenceSession,
    async create(...given: [Uint8Array, ort.InferenceSession.SessionOptions?]) {
      const session = await ort.InferenceSession.create(...given);
      sessions.created++;
      const run = session.run.bind(session) as (feeds: Feeds) => Promise<Feeds>;
      session.run = async (feeds: Feeds) => {
        const outputs = await run(feeds);
        for (const tensor of [...Object.values(feeds), ...Object.values(outputs)]) count(tensor);
        return outputs;
      };
      const release = session.release.bind(session);
      session.release = () => {
        sessions.released++;
        return release();
      };
      return session;
    },
  } as unknown as typeof ort.InferenceSession;
  return { ort: { ...ort, InferenceSession }, sessions, tensors };
}

type Feeds = Readonly<Record<string, ort.Tensor>>;
