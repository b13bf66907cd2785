import { definePackage } from '../../scripts/define-package.mjs';

// What computes on a GPU is loaded when one is asked for; under names of their own scripts/sizes.mjs can weigh it.
export default definePackage({
  entries: { 'webgl-kernels': 'src/fused/webgl/kernels.ts', 'webgpu-kernels': 'src/fused/webgpu.ts' },
});
