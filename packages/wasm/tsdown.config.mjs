import { definePackage } from '../../scripts/define-package.mjs';

// The task `kernels` has written dist/kernels before.
export default definePackage({ clean: ['dist/*', '!dist/kernels'] });
