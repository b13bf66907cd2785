import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'normlayers',
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of these start browsers and some kill them: a second chance where the machine was busy with something else.
    retry: 1,
  },
});
