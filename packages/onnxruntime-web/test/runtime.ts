import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export { ort };

/** `ort` with its sessions counted. */
export function counted() {
  const sessions = { created: 0, released: 0 };
  const InferenceSession = {
    ...ort.InferenceSession,
    async create(...given: [Uint8Array, ort.InferenceSession.SessionOptions?]) {
      const session = await ort.InferenceSession.create(...given);
      sessions.created++;
      const release = session.release.bind(session);
      session.release = () => {
        sessions.released++;
        return release();
      };
      return session;
    },
  } as unknown as typeof ort.InferenceSession;
  return { ort: { ...ort, InferenceSession }, sessions };
}
