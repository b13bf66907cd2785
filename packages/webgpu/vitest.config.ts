import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineProject({
  plugins: [docExamples(at('src/'), at('README.md'))],
  resolve: { alias: { '@normlayers/webgpu': at('src/index.ts') } },
  test: { name: '@normlayers/webgpu', include: ['test/**/*.test.ts'], testTimeout: 120_000 },
});
