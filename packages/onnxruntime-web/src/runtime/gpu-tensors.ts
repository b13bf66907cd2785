import type { DType } from '@normlayers/core/adapter';
import type * as webgpu from '@normlayers/webgpu';
import type { OnnxRuntime, OrtTensor } from './framework';
import type { OpenDevice } from './gpu-device';

/** A tensor on ONNX Runtime's device, as our kernels take it. */
export function onGpu(tensor: OrtTensor): webgpu.GpuTensor {
  const buffer = tensor.gpuBuffer as unknown as GPUBuffer;
  return { buffer, dtype: tensor.type as DType, shape: tensor.dims };
}

/** A tensor of our kernels', as ONNX Runtime takes it. To dispose of it frees its buffer. */
export function fromGpu(
  ort: OnnxRuntime,
  { device, kernels }: OpenDevice,
  tensor: webgpu.GpuTensor,
): OrtTensor {
  const { buffer, dtype, shape } = tensor;
  return ort.Tensor.fromGpuBuffer(buffer as never, {
    dataType: dtype as 'float32',
    dims: shape,
    async download() {
      const { y } = await kernels.downloadResults(device, { y: tensor });
      return y?.data as never;
    },
    dispose: () => buffer.destroy(),
  });
}
