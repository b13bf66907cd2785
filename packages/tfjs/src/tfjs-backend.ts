import {
  ADDITIONS,
  type CallPlan,
  mapTensors,
  type NormBackend,
  type NormCall,
  NormError,
  type NormResult,
  type Support,
  type Tensor,
  tensorsOf,
} from '@normlayers/core/adapter';
import { disposeAll, type TensorFlow, type TfTensor } from './framework';
import { settled } from './fused/settle';
import type { TfjsOptions } from './options';

/** What an adapter on TensorFlow.js adds to what all have in common. */
interface Computation {
  /** Ours, or TensorFlow.js's own, whose names begin with `native:`. */
  readonly kind: 'ours' | 'native';
  /** Asked of float32 calls only. */
  supports(call: NormCall): Support;
  evaluate(tf: TensorFlow, call: NormCall<TfTensor>, plan: CallPlan): NormResult<TfTensor>;
  /** Makes ready what computes on the current backend. */
  load?(tf: TensorFlow): Promise<void>;
}

/** Backends that compute on a GPU, which may take float32 numbers below 2^-126 for 0. */
const ON_GPU = ['webgl', 'webgpu'];

/**
 * What our adapter and the native one share: tensors uploaded once, results computed on the adapter's backend
 * and read as arrays, everything freed.
 */
export function tfjsBackend(
  { tf, backend = tf.getBackend() }: TfjsOptions,
  { kind, supports, evaluate, load }: Computation,
): NormBackend {
  const name = `${kind === 'native' ? 'native:' : ''}tfjs/${backend}`;
  return {
    name,
    kind,
    takes: kind === 'ours' ? ADDITIONS : [],
    limits: ON_GPU.includes(backend) ? { denormals: 'flushed' } : {},
    supports(call) {
      const { dtype } = call.x;
      if (dtype === 'float32') return supports(call);
      return {
        supported: false,
        reason: `TensorFlow.js has no ${dtype} tensors`,
        code: 'dtype',
        values: { dtype },
      };
    },
    async prepare(call, plan) {
      await start(tf, backend, name);
      choose(tf, backend);
      await load?.(tf);
      choose(tf, backend);
      const uploaded = mapTensors(call, (tensor) => upload(tf, tensor));
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
          disposeAll(tf, tensorsOf(uploaded));
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
 * Makes a started backend the current one, at once, and leaves it so, as tf.setBackend does. No waiting
 * between this and computing, or another adapter could choose in between; for a started backend tf.setBackend
 * has none in it.
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

function upload(tf: TensorFlow, { data, shape }: Tensor): TfTensor {
  // A copy: the cpu backend would use the caller's array in place.
  return tf.tensor(Float32Array.from(data), [...shape], 'float32');
}

async function download(value: TfTensor): Promise<Tensor> {
  return { dtype: 'float32', shape: [...value.shape], data: (await value.data()) as Float32Array };
}
