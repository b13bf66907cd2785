import type { NormCall, NormResult, Tensor } from '@normlayers/core';
import type { TensorFlow, TfTensor } from '../framework';

/** A backend whose tensors can be read at once. */
export interface ReadingBackend {
  readSync(dataId: object): Float32Array;
}

/** The call with core's tensors in the place of TensorFlow.js's. */
export function withArrays(call: NormCall<TfTensor>, data: (tensor: TfTensor) => Float32Array): NormCall {
  const entries = Object.entries(call).map(([name, value]) => [
    name,
    isTfTensor(value)
      ? ({ dtype: 'float32', shape: value.shape, data: data(value) } satisfies Tensor)
      : value,
  ]);
  return Object.fromEntries(entries) as NormCall;
}

/** TensorFlow.js's tensors of core's. */
export function tensorsOf(tf: TensorFlow, results: NormResult): NormResult<TfTensor> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], 'float32'),
    ]),
  ) as NormResult<TfTensor>;
}

function isTfTensor(value: unknown): value is TfTensor {
  return typeof value === 'object' && value !== null && 'dataId' in value;
}
