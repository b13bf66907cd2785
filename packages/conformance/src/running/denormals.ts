import type { Tensor } from '@normlayers/core';

/** The smallest normal float32: numbers nearer to 0 are denormal. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Whether a float32 tensor holds denormal numbers, which GPUs may take for 0 (WGSL specification, section 15.7.2; GLSL ES
 * 3.00 specification, section 4.5.1): a back end that does must not claim to compute with them.
 */
export function holdsDenormals({ dtype, data }: Tensor): boolean {
  if (dtype !== 'float32') return false;
  for (let i = 0; i < data.length; i++) {
    const magnitude = Math.abs(data[i] as number);
    if (magnitude < SMALLEST_NORMAL && magnitude > 0) return true;
  }
  return false;
}
