import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Not one of the root's projects: most of these tests drive a browser through the built site.
export default defineConfig({
  plugins: [docExamples(at('recipes.md'), at('convert.md'), at('index.md'), at('guide/choose.md'))],
  // The build for browsers does not start in Node, which has one of its own.
  resolve: { alias: { 'onnxruntime-web/wasm': 'onnxruntime-web' } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build-site.ts',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // Some tests hold the page to times of response; a second chance where the machine was busy with something else.
    retry: 1,
  },
});
