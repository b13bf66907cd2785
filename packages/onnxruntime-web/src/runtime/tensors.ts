import {
  allocate,
  type DType,
  describe,
  NormError,
  sizeOf,
  type Tensor,
  type TensorDescription,
} from '@normlayers/core/adapter';
import type { OnnxRuntime, OrtTensor } from './framework';

/**
 * Type and shape in core's words. A type that core does not know is refused by its checks, by name.
 *
 * @throws NormError `disposed`; `missing-argument` for anything but a tensor of ONNX Runtime's.
 */
export function describeTensor(tensor: OrtTensor, argument: string): TensorDescription {
  const { type, dims, location } = (tensor ?? {}) as Partial<OrtTensor>;
  if (type === undefined || dims === undefined) {
    throw new NormError(
      'missing-argument',
      `${argument} is ${describe(tensor)}; expected a tensor of ONNX Runtime, new ort.Tensor(type, data, dims).`,
      { argument },
    );
  }
  if (location === 'none') {
    throw new NormError(
      'disposed',
      `${argument} has been disposed; give a tensor that still holds its data.`,
      {
        argument,
      },
    );
  }
  return { dtype: type as DType, shape: dims };
}

export function isInMemory({ location }: OrtTensor): boolean {
  return location === 'cpu' || location === 'cpu-pinned';
}

/** @throws NormError `unsupported` for a tensor on a device, where the provider computes in memory. */
export function expectInMemory(tensor: OrtTensor, argument: string): void {
  if (isInMemory(tensor)) return;
  const { location } = tensor;
  throw new NormError(
    'unsupported',
    `${argument} lies in a ${location}, and provider 'wasm' computes in memory; give another provider, or download it by getData().`,
    { argument, values: { location } },
  );
}

/** An array under ONNX Runtime's kind of tensor; used in place. */
export function toOrt(ort: OnnxRuntime, { dtype, data, shape }: Tensor): OrtTensor {
  return new ort.Tensor(dtype, data, shape);
}

/** A tensor in memory as core has it. Where the engine has a Float16Array, ONNX Runtime gives float16 as that. */
export function fromOrt(tensor: OrtTensor): Tensor {
  const dtype = tensor.type as DType;
  const { buffer, byteOffset, length } = tensor.data as Uint16Array;
  const data =
    dtype === 'float16' ? new Uint16Array(buffer, byteOffset, length) : (tensor.data as Float32Array);
  return { dtype, shape: [...tensor.dims], data };
}

export function zeros(ort: OnnxRuntime, { dtype, shape }: TensorDescription): OrtTensor {
  return new ort.Tensor(dtype, allocate(dtype, sizeOf(shape)), shape);
}

/**
 * The same elements under another shape, wherever they are. ONNX Runtime's own `reshape` refuses tensors that own
 * memory on a device; here the device's buffer is shared, and disposing of the new tensor disposes of the old.
 */
export function reshaped(ort: OnnxRuntime, tensor: OrtTensor, dims: readonly number[]): OrtTensor {
  const shared = {
    dims,
    download: () => tensor.getData() as Promise<never>,
    dispose: () => tensor.dispose(),
  };
  if (tensor.location === 'gpu-buffer') {
    return ort.Tensor.fromGpuBuffer(tensor.gpuBuffer, { ...shared, dataType: tensor.type as 'float32' });
  }
  if (tensor.location === 'ml-tensor') {
    return ort.Tensor.fromMLTensor(tensor.mlTensor, { ...shared, dataType: tensor.type as 'float32' });
  }
  return tensor.reshape(dims);
}
