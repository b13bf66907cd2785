// The workspace as its package.jsons tell it: what builds, tests, packs and checks reads it here, and lists nothing of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * A package of the workspace.
 *
 * @typedef {object} WorkspacePackage
 * @property {string} name as npm knows it
 * @property {string} folder its path from the root, as 'packages/core'
 * @property {string} directory the same as an absolute path
 * @property {boolean} isPublic whether a release publishes it
 * @property {Record<string, any>} manifest its package.json
 * @property {Record<string, string>} entries its entries' sources by the name they have in dist, as
 *   `{ index: 'src/index.ts' }`
 */

/**
 * Every package under packages/ and apps/.
 *
 * @returns {WorkspacePackage[]}
 */
export function workspacePackages() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(group, name))
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => packageAt(join(root, folder), folder)),
  );
}

/**
 * The package in a directory.
 *
 * @param {string} directory an absolute path
 * @returns {WorkspacePackage}
 */
export function packageAt(directory, folder = directory.slice(root.length + 1)) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, private: isPrivate = false } = manifest;
  return { name, folder, directory, isPublic: !isPrivate, manifest, entries: entriesOf(directory, manifest) };
}

/** './dist/weights.js' among the exports stands for src/weights.ts, or for src/weights/index.ts. */
function entriesOf(directory, { exports = {} }) {
  const names = Object.values(exports)
    .map((target) => /^\.\/dist\/([\w-]+)\.js$/.exec(target.default ?? target)?.[1])
    .filter((name) => name !== undefined);
  return Object.fromEntries(
    names.map((name) => {
      const file = `src/${name}.ts`;
      return [name, existsSync(join(directory, file)) ? file : `src/${name}/index.ts`];
    }),
  );
}

/** Folders that hold what was installed, built, or left by a run. */
const NOT_OURS = new Set(['node_modules', 'dist', 'cache', 'embedded', 'reports', '.turbo', '.cache']);

/**
 * The files of the repository under a folder. Installed packages are not walked: their links lead through all of them
 * again and again, which took 40 s.
 *
 * @param {string} folder
 * @returns {string[]} their paths
 */
export function ownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : ownFiles(path);
    return entry.isFile() ? [path] : [];
  });
}
