import {
  type CallPlan,
  type NormBackend,
  type NormCall,
  NormError,
  type NormResult,
  type Support,
  type Tensor,
} from '@normlayers/core';
import { disposeAll, type TensorFlow, type TfTensor } from './framework';
import { settled } from './fused/gpu/settle';

/** Which TensorFlow.js an adapter runs on, and on which of its backends. */
export interface TfjsOptions {
  /** Your `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, version 4, with the backend's package loaded. */
  readonly tf: TensorFlow;
  /** A registered backend, such as `cpu` or `wasm`. Default: the one chosen now. */
  readonly backend?: string | undefined;
  /** False: a chain of TensorFlow.js's operations even where one program can do it all. Default: true. */
  readonly fused?: boolean;
}

type Evaluate = (tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan) => NormResult<TfTensor>;

/**
 * What our adapter and the native one share: tensors uploaded once, results computed on the adapter's backend and read
 * as arrays, everything freed.
 */
export function tfjsBackend(
  { tf, backend = tf.getBackend() }: TfjsOptions,
  prefix: string,
  supports: (call: NormCall) => Support,
  evaluate: Evaluate,
  load: (tf: TensorFlow) => Promise<void> = async () => {},
): NormBackend {
  const name = `${prefix}${backend}`;
  return {
    name,
    supports(call) {
      if (call.x.dtype === 'float32') return supports(call);
      return { supported: false, reason: `TensorFlow.js has no ${call.x.dtype} tensors` };
    },
    async prepare(call, plan) {
      await start(tf, backend, name);
      choose(tf, backend);
      await load(tf);
      choose(tf, backend);
      const tensors: Record<string, TfTensor> = {};
      for (const [argument, value] of Object.entries(call)) {
        if (isTensor(value)) tensors[argument] = upload(tf, value);
      }
      const uploaded = { ...call, ...tensors } as unknown as NormCall<TfTensor>;
      let results: NormResult<TfTensor> = {};
      return {
        run() {
          disposeAll(tf, results);
          results = {};
          choose(tf, backend);
          results = failing(name, () => evaluate(tf, uploaded, plan));
          return settled(tf, backend);
        },
        async read() {
          const read = Object.entries(results).map(async ([output, value]) => [
            output,
            await download(value),
          ]);
          return Object.fromEntries(await Promise.all(read)) as NormResult;
        },
        dispose() {
          disposeAll(tf, results);
          disposeAll(tf, tensors);
          results = {};
        },
      };
    },
  };
}

/** The start under way: when two start at once, TensorFlow.js gives up the first. */
let lastStart: Promise<unknown> = Promise.resolve();

/** Starts a backend. It is then the current one until something else chooses another. */
function start(tf: TensorFlow, backend: string, name: string): Promise<void> {
  const starting = lastStart.then(async () => {
    const refused = (cause?: unknown) =>
      new NormError('backend', `${name}: TensorFlow.js cannot start its backend '${backend}'.`, { cause });
    try {
      if (!(await tf.setBackend(backend))) throw refused();
      // Another backend's start may still be pending, and no call is answered until it ends.
      await tf.ready();
    } catch (error) {
      throw error instanceof NormError ? error : refused(error);
    }
  });
  lastStart = starting.catch(() => undefined);
  return starting;
}

/**
 * Makes a started backend the current one, at once, and leaves it so, as tf.setBackend does. No waiting between this
 * and computing, or another adapter could choose in between; for a started backend tf.setBackend has none in it.
 */
function choose(tf: TensorFlow, backend: string): void {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}

function failing<T>(name: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NormError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NormError('backend', `${name}: TensorFlow.js failed: ${reason}`, { cause: error });
  }
}

/** Whether a call's argument is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'data' in value;
}

function upload(tf: TensorFlow, { data, shape }: Tensor): TfTensor {
  // A copy: the cpu backend would use the caller's array in place.
  return tf.tensor(Float32Array.from(data), [...shape], 'float32');
}

async function download(value: TfTensor): Promise<Tensor> {
  return { dtype: 'float32', shape: [...value.shape], data: (await value.data()) as Float32Array };
}
