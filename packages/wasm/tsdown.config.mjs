import { definePackage } from '../../scripts/define-package.mjs';

// scripts/build-kernels.mjs has written dist/kernels before.
export default definePackage({ clean: ['dist/*', '!dist/kernels'] });
