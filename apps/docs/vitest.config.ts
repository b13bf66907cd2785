import { defineConfig } from 'vitest/config';

// Not one of the root's projects: these tests drive a browser through the built site, and need `build:site` before.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
