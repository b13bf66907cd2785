import {
  defineAdapter,
  type NormAdapter,
  type NormCall,
  type Support,
  viewOf,
} from '@normlayers/core/adapter';
import { evaluate } from './evaluate';
import { hasFusedKernels, loadFusedKernels } from './fused/load';
import { checkOptions, type TfjsOptions } from './options';
import { viewUnsupported } from './support';
import { tfjsBackend } from './tfjs-backend';

/**
 * The normalizations on TensorFlow.js behind the adapter contract: arrays in, arrays out. Named
 * `tfjs/<backend>`.
 *
 * The adapter makes its backend the current one whenever it needs it and leaves it so, like `tf.setBackend`;
 * several adapters on one `tf` may be used in turn. Float32 only: TensorFlow.js has no other floating-point
 * tensors.
 *
 * @throws NormError for options that do not fit. `backend` from `prepare` and `run`, where TensorFlow.js
 *   cannot start the backend or fails.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { tfjsAdapter } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 *
 * const adapter = tfjsAdapter({ tf, backend: 'cpu' });
 * const { y } = await adapter.run({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1]);
 * await adapter.dispose();
 * ```
 */
export function tfjsAdapter(options: TfjsOptions): NormAdapter {
  checkOptions('tfjsAdapter', options, ['tf', 'backend', 'fused']);
  const { tf, backend = tf.getBackend(), fused = true } = options;
  const supports = (call: NormCall): Support =>
    viewUnsupported({ view: viewOf(call) }, call.x.shape) ?? {
      supported: true,
      via: fused && hasFusedKernels(tf, backend) ? 'fused' : 'composed',
    };
  return defineAdapter(
    tfjsBackend(options, {
      kind: 'ours',
      supports,
      evaluate: (tf, call, plan) => evaluate(tf, call, plan, fused),
      ...(fused ? { load: loadFusedKernels } : {}),
    }),
  );
}
