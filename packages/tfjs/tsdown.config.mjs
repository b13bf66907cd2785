import { definePackage } from '../../scripts/define-package.mjs';

// The GPU programs are loaded when a GPU is asked for; under a name of their own scripts/sizes.mjs can weigh them.
export default definePackage({ entries: { 'gpu-kernels': 'src/gpu-kernels.ts' } });
