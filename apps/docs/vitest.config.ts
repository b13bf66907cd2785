import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * By what they depend on. A word of the guide is a matter of the first: turbo.json says which pages hold what the others
 * compute.
 */
const PROJECTS = {
  pages: ['test/pages.test.ts', 'test/paint.test.ts', 'test/readme.test.ts'],
  live: ['test/conformance.test.ts', 'test/speed.test.ts', 'test/break-it.test.ts'],
  widgets: ['test/**/*.test.ts'],
};

/** The report of the run: scripts/steps/steps.mjs reads it. */
const report = Object.keys(PROJECTS).find((name) => process.argv.includes(name)) ?? 'site';

// Not one of the root's projects: most of these tests drive a browser through the built site.
export default defineConfig({
  plugins: [
    docExamples(
      at('recipes.md'),
      at('convert.md'),
      at('index.md'),
      at('guide/choose.md'),
      at('guide/beyond.md'),
    ),
  ],
  // The build for browsers does not start in Node, which has one of its own.
  resolve: { alias: { 'onnxruntime-web/wasm': 'onnxruntime-web' } },
  test: {
    globalSetup: 'test/build-site.ts',
    reporters: [
      'default',
      ['../../scripts/steps/vitest-reporter.mjs', { file: at(`reports/${report}.json`) }],
    ],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The files of a process share its browser, and load what they import once.
    isolate: false,
    projects: Object.entries(PROJECTS).map(([name, include]) => ({
      extends: true,
      test: {
        name,
        include,
        exclude: name === 'widgets' ? [...PROJECTS.pages, ...PROJECTS.live] : [],
        maxWorkers: 1,
      },
    })),
  },
});
