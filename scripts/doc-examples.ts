// Runs the examples of doc comments and READMEs as tests: every ```ts block is a module of its own, with `assert` in
// scope. A package's vitest.config.ts adds `docExamples(...)` to its plugins, and one test file holds
//
//     import examples from 'virtual:doc-examples';
//     for (const [name, run] of Object.entries(examples)) test(name, run);
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Plugin, transformWithEsbuild } from 'vite';

const LIST = 'virtual:doc-examples';
const ONE = 'virtual:doc-example/';

/** @param places folders of sources, whose doc comments are read, and single files, read whole. */
export function docExamples(...places: string[]): Plugin {
  const examples = new Map(places.flatMap(filesAt).flatMap(examplesIn));
  return {
    name: 'doc-examples',
    enforce: 'pre',
    resolveId(id) {
      return id === LIST || id.startsWith(ONE) ? `\0${id}` : undefined;
    },
    async load(id) {
      if (id === `\0${LIST}`) {
        const entries = [...examples.keys()].map(
          (name) => `${JSON.stringify(name)}: () => import('${ONE}${name}.ts')`,
        );
        return `export default { ${entries.join(', ')} };`;
      }
      if (!id.startsWith(`\0${ONE}`)) return undefined;
      const code = examples.get(id.slice(ONE.length + 1, -'.ts'.length));
      return transformWithEsbuild(`import assert from 'node:assert/strict';\n${code}`, 'example.ts');
    },
  };
}

function filesAt(place: string): string[] {
  if (!place.endsWith('/')) return [place];
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The ```ts blocks of a file by name, also those with a [title]; those in a doc comment without the stars in front. */
function examplesIn(path: string): [string, string][] {
  const text = readFileSync(path, 'utf8');
  const own = path.endsWith('.md')
    ? text
    : [...text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)].map(String).join('\n');
  return [...own.matchAll(/```ts(?: \[[^\]\n]*\])?\n([\s\S]*?)```/g)].map(([, block], i) => [
    `${basename(path).replace('.', '-')}-${i + 1}`,
    path.endsWith('.md') ? block : block.replace(/^[ \t]*\* ?/gm, ''),
  ]);
}
