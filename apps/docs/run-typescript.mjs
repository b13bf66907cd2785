// Runs a script of the docs app that is written in TypeScript: node run-typescript.mjs FILE [ARGUMENTS]
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const [file] = process.argv.splice(2, 1);
// Within the app, so that the packages it imports are found.
const outfile = `${folder}node_modules/.cache/${process.pid}.mjs`;
mkdirSync(`${folder}node_modules/.cache`, { recursive: true });
/** Packages of ours that are TypeScript as they are imported. */
const PRIVATE = /^@normlayers\/(browsers|catalogue)/;
const SEEN = Symbol('resolved once');

/** All other packages are imported as they are. What `browsers` depends on lies beside it, not beside the app. */
function leavePackages(bundler) {
  // A plain script stays where it is: it may look for what is beside it.
  bundler.onResolve({ filter: /^\..*\.mjs$/ }, ({ path, resolveDir }) => ({
    path: resolve(resolveDir, path),
    external: true,
  }));
  bundler.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
    if (kind === 'entry-point' || pluginData === SEEN || PRIVATE.test(path)) return undefined;
    if (!importer.includes('/packages/browsers/')) return { path, external: true };
    const found = await bundler.resolve(path, { kind, importer, resolveDir, pluginData: SEEN });
    return { path: found.path, external: true };
  });
}

await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  plugins: [{ name: 'packages', setup: leavePackages }],
  loader: { '.json': 'json' },
  logLevel: 'error',
});
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile);
}
