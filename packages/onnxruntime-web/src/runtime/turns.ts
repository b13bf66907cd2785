import type { OnnxRuntime } from './framework';

/** The last of each module's work, by its Tensor class, which copies of the module share. */
const last = new WeakMap<object, Promise<unknown>>();

/**
 * Does work of ONNX Runtime's after all work of this package's on the same `ort`, in a task of its own. Every session that
 * this package makes is created, run and released so, whatever its provider; give it your own sessions' runs where
 * they may overlap each other or these.
 *
 * ONNX Runtime Web (1.30) has one stack for all sessions of a module, and a run lays its arguments there before it waits
 * for each of its inputs: a run that begins meanwhile, and ends after it, is left with arguments that others have written
 * over, and rejects or never ends. Where a GPU is waited for, two runs hang both WebGPU builds, and the WebGL
 * provider mixes up their values.
 *
 * On the provider `wasm` nothing but promises is waited for. A run that begins in a task of its own has ended before
 * anything else begins, so that sessions of your own on that provider do not meet one of these, in turn or not.
 *
 * @param work what is to be done, with its own errors. Work must not wait for other work in turn on the same `ort`.
 *
 * @example
 * ```ts
 * import { createNorm, inTurn } from '@normlayers/onnxruntime-web';
 * import * as ort from 'onnxruntime-web';
 *
 * const norm = createNorm({ ort });
 * const x = new ort.Tensor('float32', [1, 3], [1, 2]);
 * // Instead of the empty work: () => session.run(feeds).
 * const [{ y }] = await Promise.all([norm.layerNorm({ x, epsilon: 0 }), inTurn(ort, async () => {})]);
 * assert.deepEqual([...(y.data as Float32Array)], [-1, 1]);
 * await norm.dispose();
 * ```
 */
export function inTurn<Result>(
  { Tensor }: Pick<OnnxRuntime, 'Tensor'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const turn = (last.get(Tensor) ?? Promise.resolve()).then(nextTask).then(work);
  last.set(
    Tensor,
    turn.catch(() => undefined),
  );
  return turn;
}

/** Timers of the engine's; TypeScript's types of any engine have none. */
interface Engine {
  readonly setImmediate?: (callback: () => void) => void;
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
}

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** Resolves in a new task, when all promises that can go on without one have. Takes 3 to 5 microseconds in Node. */
function nextTask(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as Engine;
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    // Browsers put off a timer of 0 ms by 4.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // An open port keeps Deno running.
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
