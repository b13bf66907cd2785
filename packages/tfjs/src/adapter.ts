import {
  defineAdapter,
  holdsDenormals,
  type NormAdapter,
  type NormCall,
  type Support,
  viewOf,
} from '@normlayers/core';
import { canTranspose, groupedViewOf } from './chain/grouped-view';
import { evaluate } from './evaluate';
import { hasFusedKernels, loadFusedKernels } from './fused/load';
import { isTensor, type TfjsOptions, tfjsBackend } from './tfjs-backend';

/**
 * The normalizations on TensorFlow.js behind the adapter contract: arrays in, arrays out. Named `tfjs/<backend>`.
 *
 * The adapter makes its backend the current one whenever it needs it and leaves it so, like `tf.setBackend`; several
 * adapters on one `tf` may be used in turn. Float32 only: TensorFlow.js has no other floating-point tensors.
 *
 * @throws NormError `backend` from `prepare` and `run`, where TensorFlow.js cannot start the backend or fails.
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
  const { tf, backend = tf.getBackend(), fused = true } = options;
  const supports = (call: NormCall): Support =>
    supportOf(call, backend, fused && hasFusedKernels(tf, backend));
  return defineAdapter(
    tfjsBackend(
      options,
      'tfjs/',
      supports,
      (tf, call, plan) => evaluate(tf, call, plan, fused),
      fused ? loadFusedKernels : undefined,
    ),
  );
}

/** Backends that compute on a GPU. */
const ON_GPU = ['webgl', 'webgpu'];

function supportOf(call: NormCall, backend: string, fused: boolean): Support {
  if (
    ON_GPU.includes(backend) &&
    Object.values(call).some((value) => isTensor(value) && holdsDenormals(value))
  ) {
    return { supported: false, reason: 'a GPU may take denormal numbers, below 1.2e-38, for 0' };
  }
  if (canTranspose(groupedViewOf(viewOf(call), call.x.shape))) {
    return { supported: true, via: fused ? 'fused' : 'composed' };
  }
  return {
    supported: false,
    reason: `TensorFlow.js does not transpose a tensor of rank ${call.x.shape.length} over axes this far apart`,
  };
}
