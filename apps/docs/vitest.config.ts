import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What computes for long in the page, or is held to times: with the machine to itself, after all others. */
const TIMED = ['test/conformance.test.ts', 'test/speed.test.ts', 'test/break-it.test.ts'];

/** The report of the run: scripts/steps/steps.mjs reads it. */
const report = process.argv.includes('one by one') ? 'live' : 'pages';

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
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: TIMED,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'one by one',
          include: TIMED,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
