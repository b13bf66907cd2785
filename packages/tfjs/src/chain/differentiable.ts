import type { GradSaveFunc } from '@tensorflow/tfjs-core';
import type { TensorFlow, TfTensor } from '../framework';

/**
 * An operation of our own: TensorFlow.js records it as one step, whose gradient is ours.
 *
 * What the gradient needs is handed over as `saved`. A saved tensor that depends on x is a constant to a
 * second derivative, so the gradient must tie it to x again; `group-gradients.ts` does so with this same
 * function.
 *
 * @param value computes the result; nothing in it is recorded.
 * @param gradient gives a gradient for each input; dy has the result's shape.
 */
export function differentiable(
  tf: TensorFlow,
  inputs: readonly TfTensor[],
  saved: readonly TfTensor[],
  value: () => TfTensor,
  gradient: (dy: TfTensor, inputs: TfTensor[], saved: TfTensor[]) => TfTensor[],
): TfTensor {
  return tf.customGrad((...args: (TfTensor | GradSaveFunc)[]) => {
    const save = args.at(-1) as GradSaveFunc;
    save([...inputs, ...saved]);
    return {
      value: value(),
      gradFunc: (dy: TfTensor, tensors: TfTensor[]) =>
        gradient(dy, tensors.slice(0, inputs.length), tensors.slice(inputs.length)),
    };
  })(...inputs);
}

/**
 * Computes several tensors without TensorFlow.js recording how. They belong to the caller, who disposes them:
 * no tidy does. (What runs inside a custom operation is not recorded, and a custom operation has but one
 * result; hence the result nobody needs.)
 */
export function unrecorded<T extends object>(tf: TensorFlow, compute: () => T): T {
  let kept: T | undefined;
  const unused = tf.customGrad(() => {
    kept = compute();
    for (const tensor of Object.values(kept) as TfTensor[]) tf.keep(tensor);
    return { value: tf.scalar(0), gradFunc: () => [] };
  })();
  tf.dispose(unused);
  return kept as T;
}
