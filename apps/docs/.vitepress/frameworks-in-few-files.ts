import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from './widgets-in-browsers';

const folder = fileURLToPath(new URL('../node_modules/.cache/frameworks/', import.meta.url));

/** As the pages and the packages import them: 1,700 modules, which took 20 of the 84 s of CPU of the site's build. */
const FRAMEWORKS = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'];

const entryOf = (name: string) => name.replace('@tensorflow/', '');

let bundled: Promise<unknown> | undefined;

/** Gives Rollup TensorFlow.js in the few files that esbuild makes of it in a second, with nothing left to shake off. */
export const frameworksInFewFiles = (): Plugin => ({
  name: 'frameworks-in-few-files',
  enforce: 'pre',
  async resolveId(id) {
    if (!FRAMEWORKS.includes(id)) return undefined;
    bundled ??= build({
      entryPoints: Object.fromEntries(FRAMEWORKS.map((name) => [entryOf(name), name])),
      absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      legalComments: 'inline',
      logLevel: 'error',
    });
    await bundled;
    return { id: `${folder}${entryOf(id)}.js`, moduleSideEffects: 'no-treeshake' };
  },
});
