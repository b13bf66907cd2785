import type { Tensor } from '@normlayers/core';
import { tf } from './backends';

export type TfTensor = ReturnType<typeof tf.zeros>;

/** A tensor of normally distributed numbers, the same on every run. */
export function normal(shape: number[], seed: number, mean = 0, deviation = 1): Tensor {
  const made = tf.randomNormal(shape, mean, deviation, 'float32', seed);
  const array = arrayOf(made);
  made.dispose();
  return array;
}

export function arrayOf(tensor: TfTensor): Tensor {
  return { dtype: 'float32', shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) };
}

/** On the backend chosen now. */
export function uploaded({ data, shape }: Tensor): TfTensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}
