import { definePackage } from '../../scripts/define-package.mjs';
import { minifiedWgsl } from './scripts/minify-wgsl.mjs';

export default { ...(await definePackage()), plugins: [minifiedWgsl()] };
