// How every package is built. Its package.json says the rest: each file of dist that its `exports` name is an entry.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageAt } from './workspace.mjs';

/** TypeScript 7's own program. It writes the declarations without checking them: the step `types` does that, once. */
async function typeScript() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const { default: path } = await import(pathToFileURL(join(dirname(manifest), 'lib', 'getExePath.js')).href);
  return path();
}

/** What all builds share, whatever they run on. */
export const BUILD = {
  format: 'esm',
  target: 'es2022',
  // .js and .d.ts, as package.json names them.
  fixedExtension: false,
  logLevel: 'warn',
  // A warning of the bundler fails the build on CI and here alike.
  failOnWarn: true,
  // That a plugin took its time is no fault of a package.
  checks: { pluginTimings: false },
};

/**
 * The build of the library in the current directory.
 *
 * @param {{ entries?: Record<string, string>, clean?: string[] }} [more] entries beside those that `exports` name, for
 *   chunks that are to keep their name; and what of dist to remove before, where it is not all
 */
export async function definePackage({ entries = {}, clean } = {}) {
  const directory = process.cwd();
  return {
    ...BUILD,
    cwd: directory,
    entry: { ...packageAt(directory).entries, ...entries },
    platform: 'neutral',
    // An entry that is for Node says so by what it imports.
    deps: { neverBundle: [/^node:/] },
    clean: clean ?? true,
    tsconfig: join(directory, 'tsconfig.json'),
    dts: { tsgo: { path: await typeScript() } },
    // `await using` of an adapter: programs whose `lib` ends at ES2022 have no Symbol.asyncDispose.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
  };
}
