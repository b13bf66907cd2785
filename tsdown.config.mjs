// For every package that has no tsdown.config.mjs of its own.
import { definePackage } from './scripts/define-package.mjs';

export default definePackage();
