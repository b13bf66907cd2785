import { definePackage } from '../../scripts/define-package.mjs';

// The entry `files` is for Node; all else runs anywhere.
export default { ...(await definePackage()), deps: { neverBundle: [/^node:/] } };
