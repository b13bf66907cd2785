import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Not one of the root's projects: most of these tests drive a browser through the built site, and need `build:site` before.
export default defineConfig({
  plugins: [docExamples(at('recipes.md'), at('convert.md'), at('index.md'))],
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
