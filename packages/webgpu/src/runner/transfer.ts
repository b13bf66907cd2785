import {
  allocate,
  NormError,
  type NormResult,
  sizeOf,
  type Tensor,
  type TensorDescription,
} from '@normlayers/core/adapter';
import { bytesOf, COPY_DST, COPY_SRC, type GpuTensor, STORAGE } from './gpu-tensor';

/** GPUBufferUsage.MAP_READ and GPUMapMode.READ. */
const MAP_READ = 1;
const MAP_MODE_READ = 1;

/** ONNX Runtime copies buffers in units of so many bytes, its own and others' alike. */
const UNIT = 16;

/** A new buffer for a tensor, which kernels can bind and copies can read and write: a multiple of 16 bytes. */
export function allocateTensor(
  device: GPUDevice,
  { dtype, shape }: TensorDescription,
  mappedAtCreation = false,
): GpuTensor {
  const size = Math.max(UNIT, Math.ceil(bytesOf({ dtype, shape }) / UNIT) * UNIT);
  const usage = STORAGE | COPY_SRC | COPY_DST;
  return { dtype, shape, buffer: device.createBuffer({ size, usage, mappedAtCreation }) };
}

/** A copy of an array on a device, in a buffer that is yours to destroy. */
export function uploadTensor(device: GPUDevice, { dtype, shape, data }: Tensor): GpuTensor {
  const tensor = allocateTensor(device, { dtype, shape }, true);
  new Uint8Array(tensor.buffer.getMappedRange()).set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  tensor.buffer.unmap();
  return tensor;
}

/**
 * A call's results as arrays, by one copy into a buffer that can be mapped. The tensors stay.
 *
 * @throws NormError `backend` where the device is lost.
 */
export async function downloadResults(
  device: GPUDevice,
  results: NormResult<GpuTensor>,
): Promise<NormResult> {
  const entries = Object.entries(results) as [string, GpuTensor][];
  const sizes = entries.map(([, tensor]) => bytesOf(tensor));
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const staging = device.createBuffer({ size: Math.max(4, size), usage: COPY_DST | MAP_READ });
  try {
    const encoder = device.createCommandEncoder();
    let offset = 0;
    for (const [i, [, tensor]] of entries.entries()) {
      encoder.copyBufferToBuffer(tensor.buffer, tensor.offset ?? 0, staging, offset, sizes[i]!);
      offset += sizes[i]!;
    }
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_MODE_READ);
    const bytes = new Uint8Array(staging.getMappedRange());
    offset = 0;
    return Object.fromEntries(
      entries.map(([name, { dtype, shape }], i) => {
        const data = allocate(dtype, sizeOf(shape));
        const target = new Uint8Array(data.buffer);
        target.set(bytes.subarray(offset, offset + target.length));
        offset += sizes[i]!;
        return [name, { dtype, shape, data }];
      }),
    ) as NormResult;
  } catch (cause) {
    throw new NormError('backend', `the results could not be read: ${(cause as Error).message}`, { cause });
  } finally {
    staging.destroy();
  }
}
