/** What of a device the passes depend on. `limitsOf(device)` reads them; a test makes them up. */
export interface GpuLimits {
  /**
   * Whether the device computes on the CPU, or in vectors of 8 lanes at most: a fallback adapter. A lane then
   * takes a unit by itself, as barriers cost such a device most (README, "Shapes").
   */
  readonly software: boolean;
  /** Whether kernels may use `subgroupAdd`. */
  readonly subgroups: boolean;
  /** Whether kernels may use f16. */
  readonly float16: boolean;
  readonly maxStorageBuffers: number;
  readonly maxInvocations: number;
  readonly maxWorkgroups: number;
  /** In bytes. */
  readonly maxBindingSize: number;
  readonly maxBufferSize: number;
  /** What an offset into a buffer must be a multiple of, in bytes. */
  readonly offsetAlignment: number;
}

/** What of a GPUAdapterInfo tells software from hardware (WebGPU specification, section 3.6). */
interface AdapterKindInfo {
  readonly isFallbackAdapter?: boolean;
  readonly subgroupMaxSize?: number;
}

/** Lanes of a subgroup from which on lanes are worth sharing a unit. */
const SUBGROUP = 16;

/**
 * The limits of a device.
 *
 * @example
 * ```ts
 * import { limitsOf } from '@normlayers/webgpu';
 *
 * // A device as WebGPU guarantees it; `await adapter.requestDevice()` gives a real one.
 * const device = {
 *   features: new Set(['shader-f16']),
 *   adapterInfo: {},
 *   limits: { maxStorageBuffersPerShaderStage: 8, maxComputeInvocationsPerWorkgroup: 256 },
 * } as unknown as GPUDevice;
 * assert.equal(limitsOf(device).float16, true);
 * assert.equal(limitsOf(device).software, false);
 * ```
 */
export function limitsOf(device: GPUDevice): GpuLimits {
  const { features, limits } = device;
  // Older type declarations, and older browsers, know nothing of it.
  const { adapterInfo } = device as { readonly adapterInfo?: AdapterKindInfo | null };
  const { isFallbackAdapter = false, subgroupMaxSize = 0 } = adapterInfo ?? {};
  return {
    software: isFallbackAdapter || (subgroupMaxSize > 0 && subgroupMaxSize < SUBGROUP),
    subgroups: features.has('subgroups'),
    float16: features.has('shader-f16'),
    maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
    maxInvocations: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
    maxBindingSize: limits.maxStorageBufferBindingSize,
    maxBufferSize: limits.maxBufferSize,
    offsetAlignment: limits.minStorageBufferOffsetAlignment,
  };
}

/** What every device has that is no fallback (WebGPU specification, section 3.6.2, default limits), without features. */
export const BASE_LIMITS: GpuLimits = {
  software: false,
  subgroups: false,
  float16: false,
  maxStorageBuffers: 8,
  maxInvocations: 256,
  maxWorkgroups: 65535,
  maxBindingSize: 134217728,
  maxBufferSize: 268435456,
  offsetAlignment: 256,
};
