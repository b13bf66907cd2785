// Runs the examples of doc comments and READMEs as tests: every ```ts block is a module of its own, with `assert` in
// scope. A package's vitest.config.ts adds `docExamples(...)` to its plugins, and one test file holds
//
//     import examples from 'virtual:doc-examples';
//     for (const [name, run] of Object.entries(examples)) test(name, run);
import { type Plugin, transformWithEsbuild } from 'vite';
import { extractExamples, PREAMBLE } from './extract-examples.mjs';

const LIST = 'virtual:doc-examples';
const ONE = 'virtual:doc-example/';

/** @param places folders of sources, whose doc comments are read, and single files, read whole. */
export function docExamples(...places: string[]): Plugin {
  const examples = extractExamples(...places);
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
      return transformWithEsbuild(`${PREAMBLE}${code}`, 'example.ts');
    },
  };
}
