import { compute, mapTensors, type NormCall, type NormResult, sizeOf } from '@normlayers/core/adapter';
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

/**
 * The results where x has no elements. No program may see it: on WebGPU a buffer of no bytes makes the device
 * refuse all that was recorded with it, other calls too. Parameters have no part in the results, so any will
 * do.
 */
export function ofNothing(tf: TensorFlow, call: NormCall<TfTensor>): NormResult<TfTensor> {
  const ones = ({ shape }: TfTensor) => new Float32Array(sizeOf(shape)).fill(1);
  return tensorsOf(tf, compute(withArrays(call, ones)) as NormResult);
}
