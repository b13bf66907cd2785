// The examples of doc comments and READMEs: every ```ts block. They run as tests (doc-examples.ts), and
//
//     node ../../scripts/extract-examples.mjs
//
// in a package writes each as a module into .cache/examples, where the package's `tsc` checks its types.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What every example has in scope. */
export const PREAMBLE = "import assert from 'node:assert/strict';\n";

/**
 * @param {string[]} places folders of sources, ending in a slash, whose doc comments are read; and single files, read whole where they are there
 * @returns {Map<string, string>} each block's code by a name made of its file's
 */
export function extractExamples(...places) {
  return new Map(places.flatMap(filesAt).flatMap(examplesIn));
}

/** @param {string} place */
function filesAt(place) {
  if (!place.endsWith('/')) return existsSync(place) ? [place] : [];
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * The ```ts blocks of a file by name, also those with a [title]; those in a doc comment without the stars in front.
 *
 * @param {string} path
 * @returns {[string, string][]}
 */
function examplesIn(path) {
  const text = readFileSync(path, 'utf8');
  const own = path.endsWith('.md')
    ? text
    : [...text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)].map(String).join('\n');
  return [...own.matchAll(/```ts(?: \[[^\]\n]*\])?\n([\s\S]*?)```/g)].map(([, block], i) => [
    `${basename(path).replace('.', '-')}-${i + 1}`,
    path.endsWith('.md') ? block : block.replace(/^[ \t]*\* ?/gm, ''),
  ]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join('.cache', 'examples');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of extractExamples('src/', 'README.md', 'ADAPTERS.md')) {
    // Some only define a function or a type: an export makes each a module, and lets nothing in it go unused.
    writeFileSync(join(folder, `${name}.ts`), `${PREAMBLE}${code}\nexport const uses = assert;\n`);
  }
}
