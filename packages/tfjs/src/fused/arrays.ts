import { mapTensors, type NormCall, type NormResult } from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';

/** A backend whose tensors can be read at once. */
export interface ReadingBackend {
  readSync(dataId: object): Float32Array;
}

/** The call with core's tensors in the place of TensorFlow.js's. */
export function withArrays(call: NormCall<TfTensor>, data: (tensor: TfTensor) => Float32Array): NormCall {
  return mapTensors(call, (tensor) => ({ dtype: 'float32', shape: tensor.shape, data: data(tensor) }));
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
