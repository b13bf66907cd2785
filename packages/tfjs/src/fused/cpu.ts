import { compute, type NormResult } from '@normlayers/core/adapter';
import type { TensorFlow, TfTensor } from '../framework';
import { type ReadingBackend, tensorsOf, withArrays } from './arrays';
import type { FusedKernels } from './fused-kernels';

/**
 * The cpu backend's tensors are JavaScript arrays: core's reference computes them where they are, in float64
 * and in one go. (Layer Norm of [4096, 768]: 17 ms for the chain's 740, measured.)
 */
export function cpuKernels(tf: TensorFlow, backend: object): FusedKernels {
  const dataOf = (tensor: TfTensor) => {
    const data: Float32Array | Int32Array | Uint8Array = (backend as ReadingBackend).readSync(tensor.dataId);
    // tf.cast to float32 leaves int32 and bool tensors the arrays they had.
    return data instanceof Float32Array ? data : Float32Array.from(data);
  };
  return {
    compute: (call) => tensorsOf(tf, compute(withArrays(call, dataOf)) as NormResult),
  };
}
