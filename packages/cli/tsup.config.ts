import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/normlayers.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  treeshake: true,
});
