import { NormError } from '@normlayers/core/adapter';

/** Faster or wider where a device has them; every call but those on float16 works without. */
const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups' as GPUFeatureName];
const LIMITS = ['maxStorageBuffersPerShaderStage', 'maxBufferSize', 'maxStorageBufferBindingSize'] as const;

/**
 * Asks for a device with all of what its GPU has that the kernels can use: float16, subgroups, and as large and as many
 * buffers as it allows. It is the caller's to destroy.
 *
 * @param gpu default: the browser's, worker's or Deno's own.
 * @throws NormError `backend` where there is no WebGPU, or no adapter.
 */
export async function requestDevice(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<GPUDevice> {
  const adapter = await gpu?.requestAdapter();
  if (!adapter) {
    throw new NormError(
      'backend',
      gpu === undefined ? 'there is no WebGPU here.' : 'WebGPU has no adapter here.',
    );
  }
  return adapter.requestDevice({
    requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
}
