// Runs a script of the docs app that is written in TypeScript: node run-typescript.mjs FILE [ARGUMENTS]
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const [file] = process.argv.splice(2, 1);
// Within the app, so that the packages it imports are found.
const outfile = `${folder}node_modules/.cache/${process.pid}.mjs`;
mkdirSync(`${folder}node_modules/.cache`, { recursive: true });
/** Packages are imported as they are, but for the private ones, which are TypeScript. */
function leavePackages(bundler) {
  bundler.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'entry-point' || path.startsWith('@normlayers/catalogue') ? undefined : { path, external: true },
  );
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
