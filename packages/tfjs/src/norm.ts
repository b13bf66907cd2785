import {
  bindNorm,
  type NormCall,
  type NormFunctions,
  planCall,
  type TensorDescription,
} from '@normlayers/core/adapter';
import { evaluate } from './evaluate';
import type { TensorFlow, TfTensor } from './framework';
import { loadFusedKernels } from './fused/load';
import { checkOptions, type NormOptions } from './options';
import { checkComputable, checkVarianceInMemory } from './support';

/**
 * The fifteen functions on float32 `tf.Tensor`s. They run on whichever backend is chosen when they are
 * called.
 *
 * All are differentiable: `tf.grad`, `tf.variableGrads` and the optimizers get our gradients with respect to
 * x, gamma and beta, and for `batchNorm` mean and variance. Running statistics are new tensors that no
 * gradient flows through. Tensors returned belong to the caller, or to the `tf.tidy` around the call. Those
 * given are left as they are.
 */
export interface Norm extends NormFunctions<TfTensor> {
  /**
   * Resolves when what computes whole calls at once on the backend chosen now is compiled. Until then, and on
   * backends that have no such thing, a chain of TensorFlow.js's operations gives the same answers, more
   * slowly.
   */
  ready(): Promise<void>;
}

/**
 * Binds the normalizations to your TensorFlow.js.
 *
 * @param options `tf` is your `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, version 4. First gradients need
 *   nothing else. Second ones go through TensorFlow.js's own operations, whose gradients `@tensorflow/tfjs`
 *   registers and tfjs-core alone does not. `createNorm(tf)` is the older form of `createNorm({ tf })`.
 * @throws NormError `missing-argument` where tf is not TensorFlow.js, `unknown-argument` for options it does
 *   not have. The functions throw it for bad input, and `disposed` for a tensor that has been disposed,
 *   before anything is computed.
 *
 * @example
 * ```ts
 * import { createNorm } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 *
 * const norm = createNorm({ tf });
 * const x = tf.tensor2d([[1, 3], [10, 30]]);
 * const { y } = norm.layerNorm({ x, gamma: tf.tensor1d([1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.dataSync()], [-1, 2, -1, 2]);
 *
 * const { runningMean } = norm.batchNormTraining({
 *   x,
 *   runningMean: tf.zeros([2]),
 *   runningVar: tf.ones([2]),
 *   convention: 'keras',
 *   momentum: 0.5,
 * });
 * assert.deepEqual([...runningMean!.dataSync()], [2.75, 8.25]);
 * ```
 */
export function createNorm(options: NormOptions): Norm;
export function createNorm(tf: TensorFlow, options?: Omit<NormOptions, 'tf'>): Norm;
export function createNorm(given: NormOptions | TensorFlow, more: Omit<NormOptions, 'tf'> = {}): Norm {
  const options = optionsOf(given, more);
  checkOptions('createNorm', options, ['tf', 'fused']);
  const { tf, fused = true } = options;
  return {
    ...bindNorm<TfTensor>((call) => {
      const plan = planCall(call as NormCall<TensorDescription>, 'device');
      checkComputable(call, plan);
      checkVarianceInMemory(tf, call, plan);
      return evaluate(tf, call, plan, fused);
    }),
    async ready() {
      await tf.ready();
      if (fused) await loadFusedKernels(tf);
    },
  };
}

/** TensorFlow.js itself may be given in the options' place. */
function optionsOf(given: NormOptions | TensorFlow, more: Omit<NormOptions, 'tf'>): NormOptions {
  const isTensorFlow = typeof (given as Partial<TensorFlow> | undefined)?.engine === 'function';
  return isTensorFlow ? { ...more, tf: given as TensorFlow } : (given as NormOptions);
}
