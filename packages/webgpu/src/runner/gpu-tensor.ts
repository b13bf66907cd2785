import { type DType, NormError, sizeOf, type TensorDescription } from '@normlayers/core/adapter';
import type { GpuLimits } from '../passes/limits';

/** Numbers in a buffer of a device, row-major. */
export interface GpuTensor extends TensorDescription {
  readonly buffer: GPUBuffer;
  /** Where in the buffer they start, in bytes: a multiple of the device's minStorageBufferOffsetAlignment. Default: 0. */
  readonly offset?: number | undefined;
}

/** GPUBufferUsage's bits (WebGPU specification, section 5.1.3); the object itself is not everywhere. */
export const COPY_SRC = 4;
export const COPY_DST = 8;
export const UNIFORM = 64;
export const STORAGE = 128;

const BYTES: Readonly<Record<DType, number>> = { float64: 8, float32: 4, float16: 2 };

/** What a tensor takes in a buffer: a multiple of 4, as WebGPU binds and copies no less. */
export function bytesOf({ dtype, shape }: TensorDescription): number {
  return Math.ceil((BYTES[dtype] * sizeOf(shape)) / 4) * 4;
}

/**
 * Refuses what no kernel of this device can bind. Whose a buffer is, and whether it has been destroyed,
 * WebGPU does not say.
 *
 * @throws NormError `missing-argument`, `unsupported`, `data-length`.
 */
export function checkGpuTensor(argument: string, tensor: GpuTensor, limits: GpuLimits): void {
  checkStorable(argument, tensor, limits);
  const { buffer, offset = 0 } = tensor;
  if (typeof buffer !== 'object' || buffer === null || typeof buffer.usage !== 'number') {
    throw new NormError('missing-argument', `${argument} has no buffer; expected a GPUBuffer.`, { argument });
  }
  if ((buffer.usage & STORAGE) === 0) {
    throw new NormError(
      'unsupported',
      `${argument}'s buffer has usage ${buffer.usage}; expected GPUBufferUsage.STORAGE (${STORAGE}) among it.`,
      { argument, values: { usage: buffer.usage } },
    );
  }
  if (buffer.mapState !== undefined && buffer.mapState !== 'unmapped') {
    throw new NormError('unsupported', `${argument}'s buffer is mapped; unmap it first.`, { argument });
  }
  const { offsetAlignment } = limits;
  if (!(Number.isSafeInteger(offset) && offset >= 0 && offset % offsetAlignment === 0)) {
    throw new NormError(
      'unsupported',
      `${argument} starts at byte ${offset} of its buffer; expected a multiple of ${offsetAlignment}, this device's minStorageBufferOffsetAlignment.`,
      { argument, values: { offset, offsetAlignment } },
    );
  }
  const bytes = bytesOf(tensor);
  if (buffer.size < offset + bytes) {
    throw new NormError(
      'data-length',
      `${argument}'s buffer has ${buffer.size} bytes; its shape [${tensor.shape}] in ${tensor.dtype} needs ${offset + bytes}.`,
      { argument, values: { size: buffer.size, needed: offset + bytes } },
    );
  }
}

/** Refuses a type that the device does not compute, and sizes that it does not bind. */
export function checkStorable(argument: string, tensor: TensorDescription, limits: GpuLimits): void {
  const { dtype } = tensor;
  const type = typeReason(dtype, limits);
  if (type !== null)
    throw new NormError('unsupported', `${argument}: ${type}.`, { argument, values: { dtype } });
  const bytes = bytesOf(tensor);
  const most = Math.min(limits.maxBindingSize, limits.maxBufferSize);
  if (bytes > most) {
    throw new NormError(
      'unsupported',
      `${argument} takes ${bytes} bytes; this device binds ${most} at most (its maxStorageBufferBindingSize and maxBufferSize).`,
      { argument, values: { bytes, most } },
    );
  }
}

/** Why a device does not compute a type; null where it does. */
export function typeReason(dtype: DType, { float16 }: GpuLimits): string | null {
  if (dtype === 'float64') return 'WebGPU has no float64';
  if (dtype === 'float16' && !float16)
    return "this device has no float16: it was made without the feature 'shader-f16'";
  return null;
}
