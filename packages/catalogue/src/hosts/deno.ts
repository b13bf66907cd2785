import type { Host } from '../host';
import { NODE } from './node';

/** The part of WebGPU that is used here. */
interface GpuNavigator {
  readonly gpu?: { requestAdapter(): Promise<object | null> };
}

/** Deno: what Node has, by the same packages, and WebGPU. */
export const DENO: Host = {
  async lacks(need) {
    if (need === 'node') return 'it is timed in Node only';
    if (need !== 'webgpu') return NODE.lacks(need);
    const { gpu } = navigator as GpuNavigator;
    if (gpu === undefined) return 'Deno has WebGPU only where it is started with --unstable-webgpu';
    if ((await gpu.requestAdapter()) !== null) return null;
    return "WebGPU has no adapter here (Debian's mesa-vulkan-drivers has one that computes on the CPU)";
  },
  frameworks: NODE.frameworks,
};
