// The tests of every package: its doc comments' and README's examples are among them, and its own name means its source.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { docExamples } from './scripts/doc-examples';
import { type WorkspacePackage, workspacePackages } from './scripts/workspace.mjs';

/** The longest first: '@normlayers/core' would take '@normlayers/core/weights' as well. */
function aliases({ name, directory, entries }: WorkspacePackage): Record<string, string> {
  const subpaths = Object.entries(entries).sort(([one], [other]) => other.length - one.length);
  return Object.fromEntries(
    subpaths
      .filter(([entry]) => entry !== 'index')
      .concat(subpaths.filter(([entry]) => entry === 'index'))
      .map(([entry, source]) => [entry === 'index' ? name : `${name}/${entry}`, join(directory, source)]),
  );
}

/** Pages of the docs whose examples run where their fixtures are. */
const PAGES: Readonly<Record<string, string>> = {
  '@normlayers/model': join(import.meta.dirname, 'apps/docs/guide/models.md'),
};

/** Garbage of single calls is weighed here, and code that other files have run makes some. */
const WEIGHED = ['@normlayers/wasm'];

/** `npm test` starts the tests of each package in its folder, and reads their counts. */
function reportOfStep(): [string, object][] {
  const member = workspacePackages().find(({ directory }) => directory === process.cwd());
  if (member === undefined) return [];
  return [['./scripts/steps/vitest-reporter.mjs', { file: join(member.directory, 'reports', 'unit.json') }]];
}

export default defineConfig({
  test: {
    // Of two cores vitest would use one.
    maxWorkers: 2,
    reporters: ['default', ...reportOfStep()],
    projects: workspacePackages()
      .filter(
        ({ folder, manifest }) => folder.startsWith('packages/') && manifest.scripts?.test !== undefined,
      )
      .map((member) => ({
        plugins: [
          docExamples(
            ...['src/', 'README.md', 'ADAPTERS.md'].map((place) => join(member.directory, place)),
            ...[PAGES[member.name] ?? []].flat(),
          ),
        ],
        resolve: { alias: aliases(member) },
        test: {
          name: member.name,
          root: member.directory,
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A package's files run in one process and load its framework once: tfjs takes 83 s of CPU for 129 so.
          isolate: WEIGHED.includes(member.name),
          // The heap is weighed after collecting what nobody holds.
          execArgv: ['--expose-gc'],
        },
      })),
  },
});
