import { checkArguments, describe, NormError } from '@normlayers/core/adapter';
import type { TensorFlow } from './framework';

/** Which TensorFlow.js is computed with, and how. */
export interface NormOptions {
  /** Your `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, 3.21 or later, with the backend's package loaded. */
  readonly tf: TensorFlow;
  /** False: a chain of TensorFlow.js's operations even where one program can do it all. Default: true. */
  readonly fused?: boolean;
}

/** The same for an adapter, which keeps to one backend. */
export interface TfjsOptions extends NormOptions {
  /** A registered backend, such as `cpu` or `wasm`. Default: the one chosen now. */
  readonly backend?: string | undefined;
}

/** Backends of TensorFlow.js's own packages, which may be loaded later. */
const OWN_BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu', 'tensorflow'];

/** Functions that tell TensorFlow.js from other things, and from a version that is too old. */
const NEEDED = ['customGrad', 'engine', 'getBackend', 'setBackend', 'tidy'] as const;

/** Refuses what is not TensorFlow.js, in the name of `asking`. */
export function checkTensorFlow(asking: string, tf: unknown): asserts tf is TensorFlow {
  const known = tf as Readonly<Record<string, unknown>> | null | undefined;
  const missing = NEEDED.find((name) => typeof known?.[name] !== 'function');
  if (missing === undefined) return;
  const given = typeof tf === 'object' && tf !== null ? `an object without ${missing}()` : describe(tf);
  throw new NormError(
    'missing-argument',
    `${asking} needs your TensorFlow.js as tf, as in import * as tf from '@tensorflow/tfjs'; tf is ${given}.`,
    { argument: 'tf' },
  );
}

/** Refuses options that are not known, or not of their type. */
export function checkOptions(asking: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new NormError(
      'missing-argument',
      `${asking} takes { ${known.join(', ')} }; it got ${describe(options)}.`,
      {
        argument: 'tf',
      },
    );
  }
  const { tf, fused, backend } = options as Readonly<Record<string, unknown>>;
  checkTensorFlow(asking, tf);
  checkArguments(asking, options, known);
  if (fused !== undefined && typeof fused !== 'boolean') {
    throw new NormError('unknown-argument', `fused is ${describe(fused)}; expected true or false.`, {
      argument: 'fused',
    });
  }
  if (backend !== undefined) checkBackend(tf, backend);
}

function checkBackend(tf: TensorFlow, backend: unknown): void {
  const registered = Object.keys(tf.engine().registryFactory);
  const names = [...new Set([...registered, ...OWN_BACKENDS])];
  if (names.includes(backend as string)) return;
  throw new NormError(
    'backend',
    `backend is ${describe(backend)}; registered with TensorFlow.js are ${registered.join(', ') || 'none'}.`,
    { argument: 'backend' },
  );
}
