import { NormError } from '../errors';
import { rounded, widened } from './storage';
import { allocate, checkTensor, DTYPES, type DType, describe, type Tensor } from './tensor';

/**
 * A tensor in another type: each element rounded once, to nearest, ties to even. A number beyond the type's range becomes
 * Infinity. A tensor that is of the type already is given back as it is.
 *
 * bfloat16 is no type of this library: no back end computes with it in the browser (WGSL, WebAssembly and TensorFlow.js have
 * none, ONNX Runtime Web has no tensors of it). `fromBfloat16` widens what is stored so.
 *
 * @throws NormError `dtype` for a type that there is not, and what `tensor` throws.
 *
 * @example
 * ```ts
 * import { cast, tensor } from '@normlayers/core';
 *
 * const half = cast(tensor([1, 1 / 3, 1e6]), 'float16');
 * assert.deepEqual([...cast(half, 'float64').data], [1, 0.333251953125, Infinity]);
 * ```
 */
export function cast<D extends DType>(given: Tensor, dtype: D): Tensor<D> {
  checkTensor('tensor', given);
  if (!DTYPES.includes(dtype)) {
    throw new NormError('dtype', `dtype is ${describe(dtype)}; expected one of ${DTYPES.join(', ')}.`, {
      argument: 'dtype',
    });
  }
  if (given.dtype === dtype) return given as Tensor as Tensor<D>;
  const { shape, data } = given;
  return { dtype, shape: [...shape], data: rounded(widened(data), allocate(dtype, data.length)) };
}

/**
 * Numbers stored as bfloat16, the upper half of a float32's bits, as float32: exactly.
 *
 * @param bits 16 for each element, row-major.
 * @param shape default: one axis.
 * @throws NormError `shape`, `data-length`, `dtype`.
 *
 * @example
 * ```ts
 * import { fromBfloat16 } from '@normlayers/core';
 *
 * assert.deepEqual([...fromBfloat16(Uint16Array.of(0x3f80, 0xc049)).data], [1, -3.140625]);
 * ```
 */
export function fromBfloat16(bits: Uint16Array, shape: readonly number[] = [bits.length]): Tensor<'float32'> {
  checkTensor('tensor', { dtype: 'float16', shape, data: bits });
  const words = Uint32Array.from(bits, (half) => half << 16);
  return { dtype: 'float32', shape: [...shape], data: new Float32Array(words.buffer) };
}
