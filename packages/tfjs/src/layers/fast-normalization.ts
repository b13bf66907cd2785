import type { TensorFlowWithLayers } from '../framework';
import { loadFusedKernels } from '../fused/load';
import { checkTensorFlow } from '../options';
import { replaceBatchNormKernels } from './batch-norm-kernel';
import { replaceLayerCalls } from './layer-calls';
import { type TakesOver, takesOver } from './taken-over';

/** What `useFastNormalization` has done. */
export interface FastNormalization {
  /** Puts TensorFlow.js's own back. May be called twice. */
  undo(): void;
}

const active = new WeakMap<object, FastNormalization>();

/**
 * Makes TensorFlow.js code and models that exist already compute their normalizations as this package does:
 * faster, and right where TensorFlow.js is not. `tf.layers.layerNormalization` and
 * `tf.layers.batchNormalization`, in models made or loaded before or after, and `tf.batchNorm`, which graph
 * models' FusedBatchNorm nodes call. Configurations, weights and gradients stay as they are.
 *
 * @param tf your `@tensorflow/tfjs`. What is chosen as its backend now is made ready; elsewhere its own
 *   operations go on computing.
 *
 * @example
 * ```ts
 * import { useFastNormalization } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs';
 *
 * await tf.setBackend('cpu');
 * const layer = tf.layers.layerNormalization({ epsilon: 1e-3 });
 * const x = tf.tensor2d([[10001, 10003], [-4, 4]]);
 *
 * const fast = await useFastNormalization(tf);
 * const y = (layer.apply(x) as tf.Tensor).dataSync();
 * assert.ok(Math.abs(y[1]! - 1 / Math.sqrt(1.001)) < 1e-6);
 * fast.undo();
 * ```
 */
export async function useFastNormalization(tf: TensorFlowWithLayers): Promise<FastNormalization> {
  checkTensorFlow('useFastNormalization', tf);
  await tf.ready();
  await loadFusedKernels(tf);
  const known = active.get(tf);
  if (known !== undefined) return known;
  const undo = replaceNormalizations(tf, takesOver);
  const fast: FastNormalization = {
    undo() {
      active.delete(tf);
      undo();
    },
  };
  active.set(tf, fast);
  return fast;
}

/** What is returned puts TensorFlow.js's own back. */
export function replaceNormalizations(tf: TensorFlowWithLayers, takesOver: TakesOver): () => void {
  const undo = [...replaceBatchNormKernels(tf, takesOver), ...replaceLayerCalls(tf, takesOver)];
  return () => {
    for (const step of undo.splice(0)) step();
  };
}
